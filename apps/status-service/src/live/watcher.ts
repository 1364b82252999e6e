import type { ServerResponse } from 'node:http';
import type { LiveBoard } from './live-board.js';

export type Wire = Pick<ServerResponse, 'write' | 'end' | 'destroy' | 'once'>;

/** What a watcher is told: messages by number, and one that stands for all of them. */
export type Messages = Pick<LiveBoard, 'latest' | 'frame' | 'wholeFrame'>;

/**
 * One who watches. Nothing is queued for it: while its connection takes no more it stands still, and goes on from the board's
 * messages, or with the whole board where those are forgotten.
 */
export class Watcher {
  private blockedAtMs: number | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly board: Messages,
    /** The latest message that it has. */
    private has: number | undefined,
    /** Who takes nothing for so long is cut off; it resumes, if it still is there. */
    private readonly stallMs: number,
  ) {}

  pump(): void {
    while (this.blockedAtMs === undefined && (this.has === undefined || this.has < this.board.latest)) {
      const next = this.has === undefined ? undefined : this.board.frame(this.has + 1);
      if (this.has !== undefined && next !== undefined) {
        this.has += 1;
        this.write(next);
      } else {
        const { number, frame } = this.board.wholeFrame();
        this.has = number;
        this.write(frame);
      }
    }
  }

  beat(frame: Buffer): void {
    if (this.blockedAtMs === undefined) this.write(frame);
    else if (performance.now() - this.blockedAtMs >= this.stallMs) this.wire.destroy();
  }

  end(): void {
    this.wire.end();
  }

  private write(frame: Buffer): void {
    if (this.wire.write(frame)) return;
    this.blockedAtMs = performance.now();
    this.wire.once('drain', () => {
      this.blockedAtMs = undefined;
      this.pump();
    });
  }
}
