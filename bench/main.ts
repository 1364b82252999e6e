import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { measureConvergence } from './convergence-part.js';
import { measureImport } from './import-part.js';
import { describeMachine } from './machine.js';
import { measureLatency } from './latency-part.js';
import { measureMemory } from './memory-part.js';
import { readOptions, type BenchOptions, type Part } from './options.js';
import { measureUnpack } from './unpack-part.js';
import { measureWindow } from './window-part.js';

const MEASURE: Readonly<Record<Part, (options: BenchOptions, directory: string) => Promise<void>>> = {
  import: measureImport,
  unpack: measureUnpack,
  convergence: measureConvergence,
  latency: measureLatency,
  memory: measureMemory,
  window: measureWindow,
};

/**
 * Every target directory is fresh and goes only at the very end: on an ext4 without a journal, writing just after much was
 * deleted is up to twenty times slower.
 */
async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  for (const line of describeMachine(options.directory)) console.log(line);
  const root = await mkdtemp(path.join(options.directory, 'muster-bench-'));
  // As root the embedded PostgreSQL runs as another user, who must be able to enter.
  await chmod(root, 0o711);
  try {
    for (const part of options.parts) {
      const directory = path.join(root, part);
      await mkdir(directory);
      process.stderr.write(`\n${part} …\n`);
      await MEASURE[part](options, directory);
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
