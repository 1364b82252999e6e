import { once } from 'node:events';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Client } from 'pg';
import { appearances } from './appearances.js';
import { BenchCluster } from './cluster.js';
import { Figures } from './figures.js';
import { hasTool, median, runTool, takeTurns, timed } from './measure.js';
import type { BenchOptions } from './options.js';
import { writeOneMegabyte } from './packages.js';

const INSTALL_DEADLINE_MS = 60_000;

/** From a commit until the directories of all nodes hold 1 MB, against rsync of the unpacked directory to as many. */
export async function measureConvergence(options: BenchOptions, directory: string): Promise<void> {
  await measureNodes(options, path.join(directory, 'eight'), 8, { atMost: 1 });
  await measureNodes(options, path.join(directory, 'two'), 2);
}

async function measureNodes(
  { runs }: BenchOptions,
  directory: string,
  nodes: number,
  goal?: { readonly atMost: number },
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const zips = await Promise.all(
    Array.from({ length: runs + 1 }, (_, round) => writeOneMegabyte(directory, nameOf(round))),
  );
  const cluster = await BenchCluster.start(path.join(directory, 'cluster'), nodes);
  const listener = new Client({ connectionString: cluster.databaseUrl });
  await listener.connect();
  await listener.query('listen muster_event');
  const ids = Array.from({ length: nodes }, (_, index) => `node-${index + 1}`);
  const source = path.join(cluster.extensionsOf('node-1'), nameOf(0));
  const withRsync = await hasTool('rsync');
  const rsync = async (round: number, targets: number) => {
    const to = Array.from({ length: targets }, (_, index) =>
      path.join(directory, `rsync-${round}-${targets}-${index}`),
    );
    return timed(() => Promise.all(to.map((target) => runTool('rsync', ['-a', `${source}/`, `${target}/`]))));
  };
  try {
    const results = await takeTurns(runs, {
      muster: async (round) => {
        const took = await commitToAll(cluster, listener, ids, nameOf(round), zips[round] ?? '');
        await cluster.converged();
        return took;
      },
      ...(withRsync && { all: (round: number) => rsync(round, nodes) }),
      ...(withRsync && { peers: (round: number) => rsync(round, nodes - 1) }),
    });
    const { size } = await stat(zips[0] ?? '');
    const figures = new Figures(
      `convergence: ${(size / 1e6).toFixed(1)} MB in 20 files, from the commit until all ${nodes} nodes hold it`,
    );
    const { muster = [], all, peers } = results;
    figures.times(`muster, ${nodes} nodes (the origin has it by then)`, muster);
    figures.parts(`stages of ${ids.at(-1)}, mean ms`, await cluster.stagesMs(ids.at(-1) ?? ''));
    if (all === undefined || peers === undefined) return figures.note('rsync is not installed: no ratio');
    figures.times(`rsync -a to ${nodes} directories at once`, all);
    figures.times(`rsync -a to the ${nodes - 1} other than the origin`, peers);
    figures.ratio(`ratio to rsync to ${nodes}`, median(muster) / median(all), goal);
    figures.ratio(`ratio to rsync to ${nodes - 1}`, median(muster) / median(peers));
  } finally {
    await listener.end();
    await cluster.end();
  }
}

function nameOf(round: number): string {
  return `OneMegabyte${round}`;
}

/** The commit is the moment at which its notification arrives here; nobody outside the database can know it earlier. */
async function commitToAll(
  cluster: BenchCluster,
  listener: Client,
  nodes: readonly string[],
  name: string,
  zip: string,
): Promise<number> {
  let committedAt = 0;
  const committed = once(listener, 'notification').then(() => (committedAt = performance.now()));
  const directories = nodes.map((node) => cluster.extensionsOf(node));
  const installed = appearances(directories, name, AbortSignal.timeout(INSTALL_DEADLINE_MS));
  await cluster.import(zip);
  await committed;
  const moments = await installed;
  return Math.max(0, Math.max(...moments) - committedAt);
}
