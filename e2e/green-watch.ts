import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { BoardSnapshot, Convergence, NodeList, Why } from '@muster/contracts';
import { request, type Cluster } from './cluster.js';

/** One digest for what stands in a directory: every path, every byte. Read in this process, so as to be quick. */
export function fingerprint(directory: string): string {
  const hash = createHash('sha256');
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const full = path.join(folder, entry.name);
      hash.update(`${path.relative(directory, full)}\0${entry.isDirectory() ? 'directory' : statSync(full).size}\0`);
      if (entry.isDirectory()) visit(full);
      else hash.update(readFileSync(full));
    }
  };
  try {
    visit(directory);
  } catch (error) {
    // It changes while it is read: whatever it is, it is not whole.
    return `changing: ${(error as NodeJS.ErrnoException).code}`;
  }
  return hash.digest('hex');
}

export interface GreenWatch {
  /** Since when each node's disk has been other than it should be, by `performance.now()`. */
  readonly differsSince: ReadonlyMap<string, number>;
  /** Answers given while a disk had differed for longer than a proof may count. */
  readonly judged: number;
  /** Every answer of these that was green all the same. */
  readonly lies: readonly string[];
  stop(): Promise<void>;
}

/**
 * Compares, without a pause, what is answered with what stands on the disks. A proof counts for two drift periods: whoever
 * still says green when a disk has differed for longer, before the question and after the answer, has lied.
 */
export function watchGreen(cluster: Cluster, sound: string, driftPeriodMs: number): GreenWatch {
  const graceMs = 2 * driftPeriodMs + 500;
  const differsSince = new Map<string, number>();
  const lies: string[] = [];
  const ending = new AbortController();
  let judged = 0;

  const look = (): void => {
    for (const node of cluster.nodeIds) {
      const differs = fingerprint(path.join(cluster.storage(node), 'extensions')) !== sound;
      if (!differs) differsSince.delete(node);
      else if (!differsSince.has(node)) differsSince.set(node, performance.now());
    }
  };
  const judge = async (): Promise<void> => {
    look();
    const askedAt = performance.now();
    const before = new Map([...differsSince].filter(([, since]) => askedAt - since > graceMs));
    const green = await greenAnswers(cluster);
    look();
    for (const [node, since] of before) {
      // Healed and harmed again in between: nobody knows which of the two was seen.
      if (differsSince.get(node) !== since) continue;
      judged += 1;
      const forMs = Math.round(askedAt - since);
      lies.push(...green(node).map((what) => `${what}, while the disk of ${node} had differed for ${forMs} ms`));
    }
  };
  const running = (async () => {
    while (!ending.signal.aborted) {
      await judge();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    differsSince,
    lies,
    get judged() {
      return judged;
    },
    stop: async () => {
      ending.abort();
      await running;
    },
  };
}

/** What says that a node, or all of them, is as it should be. */
async function greenAnswers(cluster: Cluster): Promise<(node: string) => string[]> {
  const get = async <T>(what: string): Promise<T> => (await request<T>(`${cluster.statusUrl}${what}`)).body;
  const [convergence, { nodes }, board, why] = await Promise.all([
    get<Convergence>('/convergence'),
    get<NodeList>('/nodes'),
    get<BoardSnapshot>('/board'),
    get<Why>('/why'),
  ]);
  const everywhere = [
    ...(convergence.state === 'converged' ? ['/convergence says converged'] : []),
    ...(board.cluster.state === 'converged' ? ['/board says converged'] : []),
    ...(why.ok ? ['/why finds nothing wrong'] : []),
  ];
  return (node) => [
    ...everywhere,
    ...(convergence.nodes.some((entry) => entry.node === node && entry.state === 'converged')
      ? [`/convergence says that ${node} is`]
      : []),
    ...(nodes.some((entry) => entry.node === node && entry.inSync) ? [`/nodes says that ${node} is in sync`] : []),
  ];
}
