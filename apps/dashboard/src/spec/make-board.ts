import { createHash } from 'node:crypto';
import type { BoardExtension, BoardNode, BoardSnapshot, Cell, ClusterSummary, ExtensionState } from '@muster/contracts';

export function sha(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function secondsAgo(seconds: number): string {
  return new Date(Date.now() - seconds * 1_000).toISOString();
}

/** Names as extensions of such servers have them. */
export const NAMES = ['Autocomplete', 'DiffViewer', 'GridAdvanced', 'CsvParser', 'MailTemplates'] as const;
const VERSIONS: Readonly<Record<string, string>> = {
  Autocomplete: '1.0.37',
  DiffViewer: '1.0.10',
  GridAdvanced: '4.2.1',
  CsvParser: '2.2',
  MailTemplates: '0.9.4',
};

export function makeExtensions(count: number): BoardExtension[] {
  return Array.from({ length: count }, (_, index) => {
    const name = NAMES[index] ?? `Extension-${String(index + 1).padStart(3, '0')}`;
    return { name, version: VERSIONS[name] ?? `1.${index % 7}.${index % 13}`, revision: index + 1 };
  });
}

export function makeNode(node: string, revision: number, changes: Partial<BoardNode> = {}): BoardNode {
  return {
    node,
    state: 'live',
    since: secondsAgo(5_400),
    heardSecondsAgo: 2,
    provenSecondsAgo: 4,
    revision,
    digest: sha(`root ${revision}`),
    inSync: true,
    parked: 0,
    foreign: 0,
    address: `http://${node}.example:9110`,
    lagRevisions: 0,
    lagSeconds: 0,
    queued: 0,
    starts: 3,
    clockOffsetMs: 4,
    driftRecurring: [],
    cells: {},
    ...changes,
  };
}

export function makeCell(state: ExtensionState, ageSeconds: number, changes: Partial<Cell> = {}): Cell {
  return { state, since: secondsAgo(ageSeconds), ...changes };
}

export function makeBoard(
  nodes: readonly BoardNode[],
  extensions: readonly BoardExtension[],
  revision: number,
  changes: Partial<ClusterSummary> = {},
): BoardSnapshot {
  const cluster: ClusterSummary = {
    cluster: 'production',
    state: 'converged',
    since: secondsAgo(1_260),
    revision,
    digest: sha(`root ${revision}`),
    committedAt: secondsAgo(1_262),
    expected: nodes.length,
    converged: nodes.filter(({ inSync, state }) => inSync && state === 'live').length,
    provenSecondsAgo: 4,
    eventLog: { kind: 'postgres', ok: true, detail: 'PostgreSQL answers', unpublished: 0 },
    fresh: true,
    at: new Date().toISOString(),
    ...changes,
  };
  return { id: '1', cluster, extensions: [...extensions], nodes: [...nodes], proposals: [] };
}
