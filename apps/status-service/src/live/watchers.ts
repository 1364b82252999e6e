import type { LiveBoard } from './live-board.js';
import { Watcher, type Messages, type Wire } from './watcher.js';

/** What watchers are told, and when. */
export type Broadcast = Messages & Pick<LiveBoard, 'numberOf' | 'listen' | 'refresh' | 'beatFrame'>;

export interface WatchersOptions {
  readonly limit?: number;
  readonly beatMs?: number;
  readonly stallMs?: number;
}

/** All who watch the board. */
export class Watchers {
  private readonly watchers = new Set<Watcher>();
  private readonly timer: NodeJS.Timeout;
  private readonly leave: () => void;

  readonly limit: number;
  private readonly stallMs: number;

  constructor(
    private readonly board: Broadcast,
    { limit = 1_000, beatMs = 15_000, stallMs = 10_000 }: WatchersOptions = {},
  ) {
    this.limit = limit;
    this.stallMs = stallMs;
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
    const watcher = new Watcher(wire, this.board, this.board.numberOf(lastId), this.stallMs);
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
