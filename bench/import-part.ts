import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BenchCluster, upload } from './cluster.js';
import { Figures } from './figures.js';
import { median, takeTurns, timed } from './measure.js';
import type { BenchOptions } from './options.js';
import { writeManyFiles } from './packages.js';

/** An import, answered, against receiving, hashing and writing the same bytes. */
export async function measureImport({ runs }: BenchOptions, directory: string): Promise<void> {
  const received = path.join(directory, 'received');
  await mkdir(received, { recursive: true });
  const files = await Promise.all(
    Array.from({ length: runs + 1 }, (_, round) => writeManyFiles(directory, `ManyFiles${round}`)),
  );
  const bare = spawn(process.execPath, [fileURLToPath(new URL('bare-server.js', import.meta.url)), received], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(bare.stdout, 'data')) as [Buffer];
  const cluster = await BenchCluster.start(path.join(directory, 'cluster'), 1);
  const steps = new Map<string, number[]>();
  try {
    const { muster = [], limit = [] } = await takeTurns(runs, {
      limit: async (round) => timed(() => upload(`http://127.0.0.1:${port.toString().trim()}/`, files[round] ?? '')),
      muster: async (round) => {
        const startedAt = performance.now();
        const { revision, stepsMs } = await cluster.import(files[round] ?? '');
        const took = performance.now() - startedAt;
        if (round > 0) for (const [step, ms] of stepsMs) steps.set(step, [...(steps.get(step) ?? []), ms]);
        await cluster.converged(revision);
        return took;
      },
    });
    const { size } = await stat(files[0] ?? '');
    const figures = new Figures(`import: ${(size / 1e6).toFixed(1)} MB in 2,000 files, upload to answer`);
    figures.times('import-service', muster);
    figures.parts('of which, ms', new Map([...steps].map(([step, values]) => [step, median(values)])));
    figures.times('receive + hash + write (bare Node server)', limit);
    figures.ratio('ratio', median(muster) / median(limit), { atMost: 5 });
  } finally {
    bare.kill();
    await cluster.end();
  }
}
