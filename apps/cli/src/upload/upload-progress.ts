import { bar } from '../output/bar.js';
import type { Output } from '../output/output.js';
import { bytes, span } from '../output/words.js';

const DRAW_EVERY_MS = 80;
const TICK_MS = 1_000;
/** How often something long is told of, where there is no terminal to draw on. */
const TELL_EVERY_MS = 10_000;

/** How far an upload is, and that the origin works on it once all is sent. */
export class UploadProgress {
  private readonly startedAt = performance.now();
  private drawnAt = Number.NEGATIVE_INFINITY;
  private toldAt = performance.now();
  private sentBytes = 0;
  private sentAt: number | undefined;
  private isOver = false;
  private readonly timer = setInterval(() => this.show(), TICK_MS);

  constructor(
    private readonly out: Output,
    private readonly name: string,
    private readonly sizeBytes: number,
    /** What the origin does once it has all of it. */
    private readonly work = 'checking, unpacking, deploying',
  ) {}

  get isSent(): boolean {
    return this.sentAt !== undefined;
  }

  sent(sentBytes: number): void {
    this.sentBytes = sentBytes;
    const isAll = sentBytes >= this.sizeBytes;
    this.sentAt = isAll ? performance.now() : undefined;
    if (this.isOver) return;
    if (isAll || performance.now() - this.drawnAt > DRAW_EVERY_MS) this.show();
  }

  /** The origin has taken it: says so once, and is quiet from then on. */
  taken(): void {
    if (this.isOver) return;
    this.end();
    this.out.line(`  ${this.name}   ${bytes(this.sizeBytes)} in ${span(performance.now() - this.startedAt)}`);
  }

  end(): void {
    clearInterval(this.timer);
    this.isOver = true;
  }

  private show(): void {
    const now = performance.now();
    this.drawnAt = now;
    const { name, sentBytes, sizeBytes, sentAt, work, out } = this;
    if (sentAt === undefined) out.progress(`  ${name}   ${bar(sentBytes, sizeBytes, now - this.startedAt)}`);
    else out.progress(`  ${name}   ${bytes(sizeBytes)} sent; ${work}   ${span(now - sentAt)}`);
    if (out.isLive || now - this.toldAt < TELL_EVERY_MS) return;
    this.toldAt = now;
    const where =
      sentAt === undefined ? `${bytes(sentBytes)} of ${bytes(sizeBytes)} sent` : 'sent; the origin works on it';
    out.line(`  ${name}   ${where} (${span(now - this.startedAt)})`);
  }
}
