import type { BoardNode, Cell, CauseName, ConvergenceState, ExtensionState, NodeStatus } from '@muster/contracts';

/** How a state is drawn. A state is told by its shape and its word; the tone only helps. */
export type Shape =
  'square' | 'quarter' | 'hollow' | 'diamond' | 'triangle' | 'ring' | 'bars' | 'question' | 'dot' | 'fork';
export type Tone = 'calm' | 'busy' | 'bad' | 'warn' | 'away';

export interface Look {
  readonly shape: Shape;
  readonly word: string;
  readonly tone: Tone;
  /** The graver, the higher: what needs a person stands above what is on its way, that above what is well. */
  readonly grave: number;
}

const onItsWay = (word: string): Look => ({ shape: 'quarter', word, tone: 'busy', grave: 3 });
const waiting = (word: string): Look => ({ shape: 'hollow', word, tone: 'busy', grave: 4 });

/** The one place that says what a state looks like. */
export const EXTENSION_LOOKS: Record<ExtensionState, Look> = {
  'in-sync': { shape: 'square', word: 'in sync', tone: 'calm', grave: 0 },
  queued: waiting('queued'),
  'waiting-turn': waiting('waiting'),
  fetching: onItsWay('fetching'),
  verifying: onItsWay('verifying'),
  staging: onItsWay('unpacking'),
  installing: onItsWay('installing'),
  deploying: onItsWay('deploying'),
  removing: onItsWay('removing'),
  parked: { shape: 'diamond', word: 'parked', tone: 'bad', grave: 9 },
  drifted: { shape: 'triangle', word: 'drifted', tone: 'warn', grave: 7 },
  unknown: { shape: 'question', word: 'unknown', tone: 'away', grave: 5 },
};

export const NODE_LOOKS = {
  offline: { shape: 'ring', word: 'offline', tone: 'bad', grave: 8 },
  stopped: { shape: 'ring', word: 'stopped', tone: 'bad', grave: 8 },
  forked: { shape: 'fork', word: 'forked', tone: 'bad', grave: 10 },
  retired: { shape: 'dot', word: 'retired', tone: 'away', grave: 0 },
  paused: { shape: 'bars', word: 'paused', tone: 'warn', grave: 6 },
  behind: { shape: 'quarter', word: 'behind', tone: 'busy', grave: 3 },
} satisfies Record<string, Look>;

export const CLUSTER_LOOKS: Record<ConvergenceState, Look> = {
  converged: { shape: 'square', word: 'Converged', tone: 'calm', grave: 0 },
  syncing: { shape: 'quarter', word: 'Converging', tone: 'busy', grave: 3 },
  failed: { shape: 'diamond', word: 'Not converged', tone: 'bad', grave: 9 },
  absent: { shape: 'ring', word: 'Not converged', tone: 'bad', grave: 8 },
  superseded: { shape: 'hollow', word: 'Superseded', tone: 'away', grave: 2 },
  'timed-out': { shape: 'triangle', word: 'Not converged in time', tone: 'warn', grave: 7 },
};

export const GONE: Look = { shape: 'ring', word: 'No connection', tone: 'bad', grave: 10 };
export const ABSENT_CELL: Look = { shape: 'dot', word: 'not here', tone: 'away', grave: 0 };

/** Causes that are worth a remark and no colour. */
const REMARKS: ReadonlySet<CauseName> = new Set(['catching-up', 'waiting-turn', 'superseded']);

export function causeLook(cause: CauseName): Look {
  if (cause === 'dependency-parked') return { ...EXTENSION_LOOKS['waiting-turn'], word: 'waits' };
  if (cause === 'node-offline') return NODE_LOOKS.offline;
  if (cause === 'paused') return NODE_LOOKS.paused;
  if (cause === 'drift-recurring' || cause === 'clock-skew') return { ...EXTENSION_LOOKS.drifted, word: 'warning' };
  if (REMARKS.has(cause)) return NODE_LOOKS.behind;
  if (cause === 'proof-missing') return EXTENSION_LOOKS.unknown;
  return EXTENSION_LOOKS.parked;
}

/** A node as a whole: what keeps it from being relied upon, else what it has most to do with. */
export function nodeLook(node: NodeStatus & Partial<Pick<BoardNode, 'cells'>>): Look {
  if (node.state !== 'live') return NODE_LOOKS[node.state];
  if (node.paused) return NODE_LOOKS.paused;
  if (node.parked > 0) return EXTENSION_LOOKS.parked;
  if (Object.values(node.cells ?? {}).some(({ state }) => state === 'drifted')) return EXTENSION_LOOKS.drifted;
  if (node.inSync) return EXTENSION_LOOKS['in-sync'];
  return node.provenSecondsAgo === undefined ? EXTENSION_LOOKS.unknown : NODE_LOOKS.behind;
}

/** One cell of the matrix. On a node that nobody hears of, nothing is known; its row's head says so in colour, once. */
export function cellLook(node: BoardNode, cell: Cell | undefined): Look {
  if (node.state !== 'live' && (cell === undefined || cell.state === 'unknown'))
    return { ...NODE_LOOKS[node.state], tone: 'away' };
  return EXTENSION_LOOKS[cell?.state ?? 'in-sync'];
}

/** What the legend shows, gravest first, and what its entries filter by. */
export const LEGEND = [
  { key: 'parked', look: EXTENSION_LOOKS.parked },
  { key: 'drifted', look: EXTENSION_LOOKS.drifted },
  { key: 'offline', look: { ...NODE_LOOKS.offline, tone: 'away' } },
  { key: 'unknown', look: EXTENSION_LOOKS.unknown },
  { key: 'waiting', look: EXTENSION_LOOKS['waiting-turn'] },
  { key: 'on-its-way', look: { ...EXTENSION_LOOKS.fetching, word: 'on its way' } },
  { key: 'in-sync', look: EXTENSION_LOOKS['in-sync'] },
] as const;
export type LegendKey = (typeof LEGEND)[number]['key'];

export function legendKeyOf({ shape }: Look): LegendKey {
  return LEGEND.find((entry) => entry.look.shape === shape)?.key ?? 'offline';
}
