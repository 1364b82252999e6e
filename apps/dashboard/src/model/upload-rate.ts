/** Bytes per second over the last seconds of an upload: the mean since its start would lag behind a change. */
export class UploadRate {
  private readonly samples: { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(private readonly windowMs = 3_000) {}

  add(bytes: number, atMs: number): void {
    this.samples.push({ atMs, bytes });
    while (this.samples.length > 2 && atMs - (this.samples[0]?.atMs ?? atMs) > this.windowMs) this.samples.shift();
  }

  /** Undefined until two moments are known. */
  get bytesPerSecond(): number | undefined {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return undefined;
    return ((last.bytes - first.bytes) * 1_000) / (last.atMs - first.atMs);
  }
}
