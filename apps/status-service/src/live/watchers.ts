import type { LiveBoard } from './live-board.js';
import { Watcher, type Wire } from './watcher.js';

export const BEAT_MS = 15_000;
export const MAX_WATCHERS = 1_000;

/** All who watch the board. */
export class Watchers {
  private readonly watchers = new Set<Watcher>();
  private readonly timer: NodeJS.Timeout;
  private readonly leave: () => void;

  constructor(
    private readonly board: LiveBoard,
    readonly limit = MAX_WATCHERS,
    beatMs = BEAT_MS,
  ) {
    this.timer = setInterval(() => this.beat(), beatMs).unref();
    this.leave = board.listen(() => this.each((watcher) => watcher.pump()));
  }

  get count(): number {
    return this.watchers.size;
  }

  get isFull(): boolean {
    return this.watchers.size >= this.limit;
  }

  /** Goes on behind the message of this id, or begins with the whole board. */
  add(wire: Wire, lastId: string | undefined): void {
    const watcher = new Watcher(wire, this.board, this.board.numberOf(lastId));
    this.watchers.add(watcher);
    wire.once('close', () => this.watchers.delete(watcher));
    watcher.pump();
  }

  /** Ends them all: each comes back by itself, to whoever serves then. */
  close(): void {
    clearInterval(this.timer);
    this.leave();
    this.each((watcher) => watcher.end());
  }

  private beat(): void {
    if (this.watchers.size === 0) return;
    this.board.refresh();
    const frame = this.board.beatFrame();
    this.each((watcher) => watcher.beat(frame));
  }

  private each(act: (watcher: Watcher) => void): void {
    for (const watcher of this.watchers) act(watcher);
  }
}
