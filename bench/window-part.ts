import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { appearances } from './appearances.js';
import { BenchCluster } from './cluster.js';
import { Commits } from './commits.js';
import { Figures } from './figures.js';
import { median } from './measure.js';
import type { BenchOptions } from './options.js';
import { writeLarge } from './packages.js';

const NODES = 8;
const GOAL_MS = 1_000;
const INSTALL_DEADLINE_MS = 600_000;
/** Each run of one way leaves its package unpacked on every node: at 300 MB, 2.4 GB. */
const MOST_RUNS = 3;

/** Each way of importing, by the query of its request. */
const WAYS = { plain: '', together: '?activate=together&deadline=10m' } as const;
type Way = keyof typeof WAYS;

interface Passage {
  /** From the first node whose directory has come into place to the last. */
  readonly windowMs: number;
  readonly fromCommitMs: number;
  readonly fromRequestMs: number;
}

/**
 * For how long only some nodes have a large package: imported plainly, where each node brings it when it can, and activated
 * together, where all have staged it before the commit.
 */
export async function measureWindow({ runs, windowMegabytes }: BenchOptions, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const cluster = await BenchCluster.start(path.join(directory, 'cluster'), NODES);
  const commits = await Commits.listen(cluster.databaseUrl);
  const passages: Readonly<Record<Way, Passage[]>> = { plain: [], together: [] };
  try {
    for (let round = 0; round <= Math.min(runs, MOST_RUNS); round += 1) {
      for (const way of ['plain', 'together'] as const) {
        const name = `Window${round}${way}`;
        // The first round warms up and does not count: a small one does for that.
        const zip = await writeLarge(directory, name, round === 0 ? 1 : windowMegabytes);
        const passage = await pass(cluster, commits, { name, zip, query: WAYS[way] });
        if (round > 0) passages[way].push(passage);
      }
      process.stderr.write(round === 0 ? '  warm' : ` ${round}`);
    }
    process.stderr.write('\n');
  } finally {
    await commits.end();
    await cluster.end();
  }
  tell(passages, windowMegabytes);
}

async function pass(
  cluster: BenchCluster,
  commits: Commits,
  { name, zip, query }: { readonly name: string; readonly zip: string; readonly query: string },
): Promise<Passage> {
  const abandoned = new AbortController();
  const inTime = AbortSignal.any([abandoned.signal, AbortSignal.timeout(INSTALL_DEADLINE_MS)]);
  const directories = Array.from({ length: NODES }, (_, index) => cluster.extensionsOf(`node-${index + 1}`));
  const installed = appearances(directories, name, inTime);
  const requestedAt = performance.now();
  const [moments, { revision }] = await Promise.all([installed, cluster.import(zip, query)]).finally(() =>
    abandoned.abort(),
  );
  const committedAt = await commits.momentOf(revision);
  // The next one begins when nobody has anything to do any more.
  await cluster.converged(revision);
  const first = Math.min(...moments);
  const last = Math.max(...moments);
  return { windowMs: last - first, fromCommitMs: Math.max(0, last - committedAt), fromRequestMs: last - requestedAt };
}

function tell({ plain, together }: Readonly<Record<Way, readonly Passage[]>>, megabytes: number): void {
  const figures = new Figures(`window: ${megabytes} MB to ${NODES} nodes, imported plainly, and activated together`);
  const of = (passages: readonly Passage[], key: keyof Passage) => passages.map((passage) => passage[key]);
  figures.times('first node to last node, plain', of(plain, 'windowMs'));
  figures.times('first node to last node, together', of(together, 'windowMs'), GOAL_MS);
  figures.ratio('ratio', median(of(together, 'windowMs')) / median(of(plain, 'windowMs')));
  figures.times('commit to last node, plain', of(plain, 'fromCommitMs'));
  figures.times('commit to last node, together', of(together, 'fromCommitMs'));
  figures.times('request to last node, plain', of(plain, 'fromRequestMs'));
  figures.times('request to last node, together', of(together, 'fromRequestMs'));
  figures.ratio('ratio', median(of(together, 'fromRequestMs')) / median(of(plain, 'fromRequestMs')));
  figures.note('imported plainly, the origin is the first node, and has it before the commit');
  if (megabytes !== 300) figures.note('the goal is for 300 MB');
}
