import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { createPackageReader } from '@muster/extension-package';
import { Figures } from './figures.js';
import { hasTool, median, runTool, takeTurns, timed } from './measure.js';
import type { BenchOptions } from './options.js';
import { writeManyFiles } from './packages.js';

/** Checking and unpacking in the worker against the tools that unpack without most of the checks. */
export async function measureUnpack({ runs }: BenchOptions, directory: string): Promise<void> {
  const zip = await writeManyFiles(directory, 'ManyFiles');
  const fresh = async (name: string, round: number) => {
    const target = path.join(directory, `${name}-${round}`);
    await mkdir(target);
    return target;
  };
  const tools: Record<string, (target: string) => Promise<void>> = {
    bsdtar: (target) => runTool('bsdtar', ['-xf', zip, '-C', target]),
    unzip: (target) => runTool('unzip', ['-q', zip, '-d', target]),
  };
  const present: string[] = [];
  for (const tool of Object.keys(tools)) if (await hasTool(tool)) present.push(tool);
  const reader = createPackageReader();
  try {
    const contestants: Record<string, (round: number) => Promise<number>> = {
      'extension-package': async (round) => {
        const target = await fresh('reader', round);
        return timed(() => reader.extract(zip, target));
      },
    };
    for (const tool of present) {
      contestants[tool] = async (round) => {
        const target = await fresh(tool, round);
        return timed(async () => tools[tool]?.(target));
      };
    }
    const results = await takeTurns(runs, contestants);
    const figures = new Figures('unpack: the same package, 2,000 files, into fresh directories');
    for (const [name, values] of Object.entries(results)) figures.times(name, values);
    const ours = median(results['extension-package'] ?? []);
    for (const tool of Object.keys(tools)) {
      const theirs = results[tool];
      if (theirs === undefined) figures.note(`${tool} is not installed: no ratio`);
      else if (tool === 'bsdtar')
        figures.ratio('ratio to bsdtar', ours / median(theirs), { atMost: 1, text: 'faster' });
      else figures.ratio(`ratio to ${tool}`, ours / median(theirs));
    }
  } finally {
    await reader.close();
  }
}
