import type { BoardExtension, BoardMessage, BoardNode, ClusterSummary, ProposalView } from '@muster/contracts';
import type { Described } from './describe-board.js';
import type { Cells } from './describe-cells.js';

interface SentRow {
  readonly status: string;
  readonly cells: Cells;
  readonly sentAtMs: number;
}

/** What is no longer than this is sent at once; what is longer no more often than these bytes a second allow. */
const SMALL_ROW_BYTES = 8_192;
const ROW_BYTES_PER_SECOND = 32_768;

/** Says what has changed since it was told the last time. Ages alone are no change: whoever shows them lets them grow. */
export class BoardDiffer {
  private cluster = '';
  private proposals = { text: '[]', sentAtMs: -Infinity };
  private extensions: readonly BoardExtension[] = [];
  private readonly rows = new Map<string, SentRow>();
  private readonly texts = new WeakMap<Cells, string>();

  /** `nowMs` by any clock that only goes forward. */
  take({ cluster, extensions, nodes, proposals }: Described, nowMs: number): BoardMessage[] {
    const messages: BoardMessage[] = [];
    if (extensions !== this.extensions) messages.push({ type: 'extensions', extensions: [...extensions] });
    this.extensions = extensions;
    const changed = nodes.filter((node) => this.hasChanged(node, nowMs));
    const gone = this.forgetOthers(nodes);
    if (changed.length > 0 || gone.length > 0) messages.push({ type: 'nodes', nodes: changed, gone });
    if (this.haveChanged(proposals, nowMs)) messages.push({ type: 'proposals', proposals: [...proposals] });
    const mark = clusterMark(cluster);
    if (mark !== this.cluster) messages.push({ type: 'cluster', cluster });
    this.cluster = mark;
    return messages;
  }

  /** It was told otherwise: whatever comes next is news. */
  forgetCluster(): void {
    this.cluster = '';
  }

  /** Live rows that are small enough to be sent for nothing but their ages. */
  withAges(nodes: readonly BoardNode[]): BoardNode[] {
    return nodes.filter(({ state, cells }) => state === 'live' && this.textOf(cells).length <= SMALL_ROW_BYTES);
  }

  private hasChanged(node: BoardNode, nowMs: number): boolean {
    const status = rowMark(node);
    const sent = this.rows.get(node.node);
    if (sent?.status === status && (sent.cells === node.cells || this.sameCells(sent.cells, node.cells))) return false;
    if (sent !== undefined && nowMs - sent.sentAtMs < this.restMs(node)) return false;
    this.rows.set(node.node, { status, cells: node.cells, sentAtMs: nowMs });
    return true;
  }

  private haveChanged(proposals: readonly ProposalView[], nowMs: number): boolean {
    const text = JSON.stringify(proposals);
    if (text === this.proposals.text || nowMs - this.proposals.sentAtMs < restMs(text.length)) return false;
    this.proposals = { text, sentAtMs: nowMs };
    return true;
  }

  private restMs({ cells }: BoardNode): number {
    return restMs(this.textOf(cells).length);
  }

  private sameCells(one: Cells, other: Cells): boolean {
    return this.textOf(one) === this.textOf(other);
  }

  private textOf(cells: Cells): string {
    const known = this.texts.get(cells);
    if (known !== undefined) return known;
    const text = JSON.stringify(cells);
    this.texts.set(cells, text);
    return text;
  }

  private forgetOthers(nodes: readonly BoardNode[]): string[] {
    if (this.rows.size === 0) return [];
    const here = new Set(nodes.map(({ node }) => node));
    const gone = [...this.rows.keys()].filter((node) => !here.has(node));
    for (const node of gone) this.rows.delete(node);
    return gone;
  }
}

/** How long what has this size waits after it was sent; a later round sends it then. */
function restMs(sizeBytes: number): number {
  return sizeBytes <= SMALL_ROW_BYTES ? 0 : (sizeBytes / ROW_BYTES_PER_SECOND) * 1_000;
}

function clusterMark({ provenSecondsAgo: _proven, at: _at, ...rest }: ClusterSummary): string {
  return JSON.stringify(rest);
}

function rowMark(node: BoardNode): string {
  const { heardSecondsAgo: _heard, provenSecondsAgo: _proven, lagSeconds: _lag, cells: _cells, ...rest } = node;
  return JSON.stringify(rest);
}
