import type { Hold, NodeState } from '@muster/contracts';
import type { Ages, CatalogFacts, EnrolledNode, Head, Heard } from './facts.js';

/** One node with all that is known of it, at one moment of the database's clock. */
export interface NodeView {
  readonly node: string;
  readonly state: NodeState;
  /** Since when it is in this state, or silent. */
  readonly sinceMs: number;
  /** Why it is in this state; absent while it is live. */
  readonly reason?: string;
  readonly address?: string;
  readonly enrolled: boolean;
  readonly enrolledAtMs?: number;
  readonly starts: number;
  /** By the catalog: it takes nothing, or will not as soon as it knows. */
  readonly paused?: Hold;
  readonly heard?: Heard;
  /** When it looked at its disk for its latest proof, by the database's clock. */
  readonly provenAtMs?: number;
  /** Whether its history is one that this catalog has; false before its first report. */
  readonly known: boolean;
  /** Whether its latest proof may count: it is live, its history is known and the proof is young enough. */
  readonly fresh: boolean;
  /** Whether it proves, freshly, the root digest of head, and all its hooks have run. */
  readonly inSync: boolean;
}

/** Every node that enrolled or reported, sorted by id. */
export function viewNodes(facts: CatalogFacts, heard: ReadonlyMap<string, Heard>, ages: Ages): NodeView[] {
  const enrolled = new Map(facts.nodes.map((node) => [node.node, node]));
  const ids = [...new Set([...enrolled.keys(), ...heard.keys()])].sort();
  return ids.map((id) => viewNode(id, enrolled.get(id), heard.get(id), facts, ages));
}

/** The nodes that convergence counts. */
export function expectedNodes(views: readonly NodeView[]): NodeView[] {
  return views.filter((view) => view.enrolled && view.state !== 'retired');
}

function viewNode(
  node: string,
  enrolled: EnrolledNode | undefined,
  heard: Heard | undefined,
  facts: CatalogFacts,
  ages: Ages,
): NodeView {
  const { state, sinceMs, reason } = stateOf(enrolled, heard, facts.nowMs, ages);
  const provenAtMs = heard && provenAt(heard);
  const known = heard !== undefined && isKnown(heard, facts);
  const young = provenAtMs !== undefined && facts.nowMs - provenAtMs < ages.proofMs;
  const fresh = state === 'live' && known && young;
  const inSync = fresh && heard !== undefined && provesHead(heard, facts.head);
  const address = heard?.report.address ?? enrolled?.address;
  const last = enrolled?.last;
  const unchanged = last !== undefined && last.state === state && last.inSync === inSync;
  return {
    node,
    state,
    sinceMs: sinceMs ?? (unchanged ? last.sinceMs : facts.nowMs),
    ...(reason !== undefined && { reason }),
    ...(address !== undefined && { address }),
    enrolled: enrolled !== undefined,
    ...(enrolled !== undefined && { enrolledAtMs: enrolled.enrolledAtMs }),
    starts: enrolled?.starts ?? 0,
    ...(enrolled?.paused !== undefined && { paused: enrolled.paused }),
    ...(heard !== undefined && { heard }),
    ...(provenAtMs !== undefined && { provenAtMs }),
    known,
    fresh,
    inSync,
  };
}

interface StateSince {
  readonly state: NodeState;
  /** Absent where only the projection knows. */
  readonly sinceMs?: number;
  readonly reason?: string;
}

function stateOf(enrolled: EnrolledNode | undefined, heard: Heard | undefined, nowMs: number, ages: Ages): StateSince {
  if (enrolled?.retiredAtMs !== undefined) {
    return { state: 'retired', sinceMs: enrolled.retiredAtMs, reason: `retired at ${time(enrolled.retiredAtMs)}` };
  }
  if (heard === undefined) {
    const sinceMs = enrolled?.enrolledAtMs ?? nowMs;
    return { state: 'offline', sinceMs, reason: `enrolled at ${time(sinceMs)}, and has never reported` };
  }
  const { report, receivedAtMs } = heard;
  if (report.state === 'forked') return { state: 'forked', reason: report.stateReason ?? 'it says that it is forked' };
  if (report.state !== 'live') {
    return { state: 'stopped', sinceMs: receivedAtMs, reason: `stopped at ${time(receivedAtMs)}` };
  }
  if (nowMs - receivedAtMs <= ages.silenceMs) return { state: 'live' };
  return { state: 'offline', sinceMs: receivedAtMs, reason: `offline: silent since ${time(receivedAtMs)}` };
}

/** The node's own clock does not matter: it tells how old the proof was, and the log when the report came. */
function provenAt({ report, receivedAtMs }: Heard): number | undefined {
  if (report.rootDigest === undefined || report.provenAgeMs === undefined) return undefined;
  return receivedAtMs - report.provenAgeMs;
}

function isKnown({ report }: Heard, { head, chains }: CatalogFacts): boolean {
  return report.catalogId === head.catalogId && chains.get(report.revision) === report.chain;
}

/** Of a node whose history is known: then the same revision is of the same chain. */
function provesHead({ report }: Heard, head: Head): boolean {
  return report.revision === head.revision && report.rootDigest === head.rootDigest && report.deployed;
}

/** A moment of the database's clock as people and programs read it. */
export function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** The next moment at which a view changes though nothing is heard: a node falls silent, or a proof grows too old. */
export function nextChangeMs(views: readonly NodeView[], nowMs: number, ages: Ages): number | undefined {
  const moments = views.flatMap(({ state, heard, provenAtMs }) => {
    if (state !== 'live' || heard === undefined) return [];
    const silent = heard.receivedAtMs + ages.silenceMs + 1;
    return provenAtMs === undefined ? [silent] : [silent, provenAtMs + ages.proofMs];
  });
  const ahead = moments.filter((moment) => moment > nowMs);
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}
