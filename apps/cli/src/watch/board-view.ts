import type { BoardMessage, BoardSnapshot } from '@muster/contracts';
import { boardLines, waitingWords } from '../output/board-lines.js';
import { nodeWord, reasonWords } from '../output/node-words.js';
import { localTime, span } from '../output/words.js';
import type { Session } from '../session.js';
import { afterMessage } from './board-state.js';

const REDRAW_MS = 1_000;

/** What the watch shows: on a terminal one picture that is drawn anew, elsewhere a line for each change, or JSON lines. */
export class BoardView {
  private board: BoardSnapshot | undefined;
  /** When the board was so, and when it was last heard that it still is. */
  private heardAt = performance.now();
  private lost: string | undefined;
  private drawnLines = 0;
  private readonly said = new Map<string, string>();
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly isDrawn: boolean;

  constructor(private readonly session: Session) {
    const { out, world } = session;
    this.isDrawn = out.isLive && world.stdout.isTTY === true;
    if (this.isDrawn) this.timer = setInterval(() => this.draw(), REDRAW_MS);
  }

  take(message: BoardMessage): void {
    const { out } = this.session;
    this.heardAt = performance.now();
    this.lost = undefined;
    this.board = afterMessage(this.board, message);
    if (out.json) out.document(message, { line: true });
    else if (this.isDrawn) this.draw();
    else this.say();
  }

  lose(reason: string): void {
    const { out } = this.session;
    const isNew = this.lost === undefined;
    this.lost = reason;
    if (this.isDrawn) this.draw();
    else if (isNew)
      out.note(`muster: the status-service is lost: ${reason}; what stands above may be old. Trying again.`);
  }

  close(): void {
    clearInterval(this.timer);
  }

  private draw(): void {
    const { out, world } = this.session;
    const lines = this.picture();
    const most = Math.max(4, (world.stdout.rows ?? 24) - 1);
    const shown =
      lines.length > most ? [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more lines`] : lines;
    const up = this.drawnLines > 0 ? `\u001b[${this.drawnLines}A` : '';
    const text = shown.map((line) => `\u001b[2K${line}\n`).join('');
    world.stdout.write(`${up}\r${text}\u001b[J`);
    this.drawnLines = shown.length;
    out.clear();
  }

  private picture(): string[] {
    const { out } = this.session;
    if (this.board === undefined) return [this.lost === undefined ? 'Waiting for the first look …' : this.lostLine()];
    const age = performance.now() - this.heardAt;
    const nowMs = Date.parse(this.board.cluster.at) + age;
    const lines = boardLines(this.board, { paint: out.paint, columns: out.columns, nowMs });
    return this.lost === undefined ? lines : [this.lostLine(), ...lines.map((line) => out.paint.faint(line))];
  }

  private lostLine(): string {
    const { paint } = this.session.out;
    const age = span(performance.now() - this.heardAt);
    return paint.warn(`The status-service is lost, last heard ${age} ago: ${this.lost ?? ''}`);
  }

  /** Only what has changed since it was said last. */
  private say(): void {
    const { board, session } = this;
    if (board === undefined) return;
    const { cluster, nodes, proposals } = board;
    const nowMs = Date.parse(cluster.at);
    const time = localTime(cluster.at);
    const frozen = cluster.frozen === undefined ? '' : `, frozen: ${cluster.frozen.reason}`;
    const facts = `${cluster.state} at revision ${cluster.revision}, ${cluster.converged} of ${cluster.expected} nodes${frozen}`;
    this.sayOnce('', facts, `${time} cluster ${facts}`);
    for (const node of nodes) {
      const word = nodeWord(node);
      const reason = word === 'in sync' ? '' : reasonWords(node, nowMs);
      const shown = `${word} at revision ${node.revision}${reason === '' ? '' : `: ${reason}`}`;
      this.sayOnce(node.node, `${word} ${node.revision}`, `${time} ${node.node} ${shown}`);
    }
    for (const proposal of proposals) {
      const words = waitingWords(proposal);
      this.sayOnce(`proposal ${proposal.id}`, words, `${time} ${words}`);
    }
    const named = new Set(['', ...nodes.map(({ node }) => node), ...proposals.map(({ id }) => `proposal ${id}`)]);
    for (const known of this.said.keys()) {
      if (named.has(known)) continue;
      this.said.delete(known);
      session.out.line(`${time} ${known} ${known.startsWith('proposal ') ? 'is over' : 'gone'}`);
    }
  }

  private sayOnce(key: string, facts: string, line: string): void {
    if (this.said.get(key) === facts) return;
    this.said.set(key, facts);
    this.session.out.line(line);
  }
}
