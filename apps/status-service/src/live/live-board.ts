import { randomBytes } from 'node:crypto';
import type { BoardMessage, BoardNode, BoardSnapshot, ClusterSummary, EventLogStatus } from '@muster/contracts';
import type { Assessment } from '../board/assessment.js';
import type { BoardObserver } from '../board/board.js';
import type { Converged } from '../board/open-revisions.js';
import { BoardDiffer } from './board-differ.js';
import { describeBoard, type Described } from './describe-board.js';
import { MessageRing } from './message-ring.js';

export interface LiveBoardOptions {
  readonly cluster: string;
  readonly eventLog: () => EventLogStatus;
  /** A round that succeeds comes at least so often; where none does, what is known counts as old. */
  readonly staleAfterMs: number;
}

/** Of more new revisions than these only the latest is told: whoever shows them reads them again anyway. */
const MAX_REVISIONS_TOLD = 50;

/** The board as watchers know it: what is shown now, and the messages that led there, each with an id. */
export class LiveBoard implements BoardObserver {
  private readonly boot = randomBytes(4).toString('hex');
  private readonly ring = new MessageRing();
  private readonly differ = new BoardDiffer();
  private readonly listeners = new Set<() => void>();
  private shown: Described | undefined;
  private catalogId: string | undefined;
  private shownAtMs = 0;
  private staleTimer: NodeJS.Timeout | undefined;
  private whole: { readonly atMs: number; readonly number: number; readonly frame: Buffer } | undefined;

  constructor(private readonly options: LiveBoardOptions) {}

  /** Whether there has been a round at all. */
  get isKnown(): boolean {
    return this.shown !== undefined;
  }

  /** Whether the latest round succeeded. */
  get isFresh(): boolean {
    return this.shown?.cluster.fresh === true;
  }

  get latest(): number {
    return this.ring.latest;
  }

  assessed(assessment: Assessment, converged: readonly Converged[]): void {
    const before = this.shown;
    const { cluster, eventLog } = this.options;
    const shown = describeBoard(assessment, {
      cluster,
      eventLog: eventLog(),
      ...(before !== undefined && { before: before.cluster }),
    });
    const anew = this.isAnother(assessment);
    this.shown = shown;
    this.catalogId = assessment.head.catalogId;
    this.shownAtMs = performance.now();
    this.watchForSilence();
    const changes = this.differ.take(shown, this.shownAtMs);
    if (anew) this.tellWhole();
    else this.tell([...changes, ...revisionMessages(before?.cluster.revision, shown.cluster.revision, converged)]);
  }

  failed(error: unknown): void {
    this.goStale(error instanceof Error ? error.message : String(error));
  }

  /** Everything, with ages as of now. */
  snapshot(): BoardSnapshot {
    const { cluster, extensions, nodes, proposals } = this.aged();
    return {
      id: this.idOf(this.ring.latest),
      cluster,
      extensions: [...extensions],
      nodes: [...nodes],
      proposals: [...proposals],
    };
  }

  /** Tells ages anew, where somebody watches. */
  refresh(): void {
    if (this.listeners.size === 0 || this.shown === undefined) return;
    const { cluster, nodes } = this.aged();
    const small = this.differ.withAges(nodes);
    const messages: BoardMessage[] = [{ type: 'cluster', cluster }];
    this.tell(small.length === 0 ? messages : [...messages, { type: 'nodes', nodes: small, gone: [] }]);
  }

  /** Called after every message. Returns how to leave. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The number of the message that this id names; undefined where what came after it is no longer known. */
  numberOf(id: string | undefined): number | undefined {
    const [boot, text] = id?.split('-') ?? [];
    const number = text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return boot === this.boot && this.ring.reachesBackTo(number) ? number : undefined;
  }

  frame(number: number): Buffer | undefined {
    return this.ring.get(number);
  }

  /** The whole board as a message that stands for all up to `number`; the same bytes for all who ask at once. */
  wholeFrame(): { readonly number: number; readonly frame: Buffer } {
    const number = this.ring.latest;
    const now = performance.now();
    if (this.whole?.number !== number || now - this.whole.atMs > 1_000) {
      this.whole = { atMs: now, number, frame: this.encode({ type: 'board', board: this.snapshot() }, number) };
    }
    return this.whole;
  }

  /** A sign of life that stands for no change, with the id of the latest message. */
  beatFrame(): Buffer {
    return this.encode({ type: 'beat', at: new Date().toISOString() }, this.ring.latest);
  }

  close(): void {
    clearTimeout(this.staleTimer);
    this.listeners.clear();
  }

  private isAnother({ head }: Assessment): boolean {
    const before = this.shown;
    if (before === undefined) return false;
    return head.catalogId !== this.catalogId || head.revision < before.cluster.revision;
  }

  private watchForSilence(): void {
    const { staleAfterMs } = this.options;
    clearTimeout(this.staleTimer);
    const reason = `nothing could be concluded for ${Math.round(staleAfterMs / 1000)} s: the database is slow to answer`;
    this.staleTimer = setTimeout(() => this.goStale(reason), staleAfterMs).unref();
  }

  private goStale(reason: string): void {
    if (this.shown === undefined) return;
    const { cluster } = this.aged();
    if (!cluster.fresh && cluster.reason === reason) return;
    const stale: ClusterSummary = { ...cluster, fresh: false, reason };
    this.shown = { ...this.shown, cluster: { ...this.shown.cluster, fresh: false, reason } };
    this.differ.forgetCluster();
    this.tell([{ type: 'cluster', cluster: stale }]);
  }

  private tell(messages: readonly BoardMessage[]): void {
    if (messages.length === 0) return;
    for (const message of messages) this.ring.push((number) => this.encode(message, number));
    for (const listener of this.listeners) listener();
  }

  /** Another catalog stands in its place: nothing that was told before holds. */
  private tellWhole(): void {
    this.ring.push((number) =>
      this.encode({ type: 'board', board: { ...this.snapshot(), id: this.idOf(number) } }, number),
    );
    for (const listener of this.listeners) listener();
  }

  private idOf(number: number): string {
    return `${this.boot}-${number}`;
  }

  private encode(message: BoardMessage, number: number): Buffer {
    return Buffer.from(`id: ${this.idOf(number)}\ndata: ${JSON.stringify(message)}\n\n`);
  }

  private aged(): Described {
    if (this.shown === undefined) throw new Error('the board was asked for before its first round');
    const seconds = Math.round(performance.now() - this.shownAtMs) / 1_000;
    const { cluster, nodes } = this.shown;
    return {
      ...this.shown,
      cluster: older(cluster, seconds),
      nodes: nodes.map((node) => olderNode(node, seconds)),
    };
  }
}

function revisionMessages(before: number | undefined, head: number, converged: readonly Converged[]): BoardMessage[] {
  const first = Math.max((before ?? head) + 1, head - MAX_REVISIONS_TOLD + 1);
  const committed = Array.from({ length: Math.max(0, head - first + 1) }, (_, index) => first + index);
  return [
    ...committed.map((revision): BoardMessage => ({ type: 'revision', revision, converged: false })),
    ...converged.map(({ revision }): BoardMessage => ({ type: 'revision', revision, converged: true })),
  ];
}

function older(cluster: ClusterSummary, seconds: number): ClusterSummary {
  const { provenSecondsAgo: proven } = cluster;
  return { ...cluster, ...(proven !== undefined && { provenSecondsAgo: proven + seconds }) };
}

function olderNode(node: BoardNode, seconds: number): BoardNode {
  const { heardSecondsAgo: heard, provenSecondsAgo: proven, lagSeconds: lag } = node;
  return {
    ...node,
    ...(heard !== undefined && { heardSecondsAgo: heard + seconds }),
    ...(proven !== undefined && { provenSecondsAgo: proven + seconds }),
    lagSeconds: lag === 0 ? 0 : lag + seconds,
  };
}
