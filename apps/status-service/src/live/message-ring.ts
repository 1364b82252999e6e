/** The latest messages, numbered from 1 without gaps: the oldest give way to the newest, by number and by size. */
export class MessageRing {
  private readonly frames = new Map<number, Buffer>();
  private oldest = 1;
  private sizeBytes = 0;
  private last = 0;

  constructor(
    private readonly maxMessages = 1_000,
    private readonly maxBytes = 16 * 1024 ** 2,
  ) {}

  /** The number of the latest message; 0 before the first. */
  get latest(): number {
    return this.last;
  }

  /** Makes the frame of the next number, and keeps it. */
  push(frameOf: (number: number) => Buffer): void {
    this.last += 1;
    const frame = frameOf(this.last);
    this.frames.set(this.last, frame);
    this.sizeBytes += frame.length;
    while (this.frames.size > this.maxMessages || (this.sizeBytes > this.maxBytes && this.frames.size > 1)) this.drop();
  }

  /** Undefined where it is forgotten or has not been yet. */
  get(number: number): Buffer | undefined {
    return this.frames.get(number);
  }

  /** Whether everything after this number is still here. */
  reachesBackTo(number: number): boolean {
    return number >= this.oldest - 1 && number <= this.last;
  }

  private drop(): void {
    this.sizeBytes -= this.frames.get(this.oldest)?.length ?? 0;
    this.frames.delete(this.oldest);
    this.oldest += 1;
  }
}
