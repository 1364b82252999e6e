import type { Socket } from 'node:net';

/** One connection through the proxy: two sockets and what is being done to the bytes between them. */
export class ProxiedConnection {
  latencyMs = 0;
  private stalled = false;
  private halfOpen = false;
  private cutAfterBytes: number | undefined;
  private readonly held: (() => void)[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private open = true;

  constructor(
    private readonly client: Socket,
    private readonly upstream: Socket,
    private readonly onClosed: () => void,
  ) {
    this.forward(client, upstream, false);
    this.forward(upstream, client, true);
  }

  stall(): void {
    this.stalled = true;
  }

  goHalfOpen(): void {
    this.halfOpen = true;
    this.held.length = 0;
    this.upstream.destroy();
    this.client.resume();
  }

  cutAfter(bytes: number): void {
    this.cutAfterBytes = bytes;
  }

  heal(): void {
    this.latencyMs = 0;
    this.stalled = false;
    this.cutAfterBytes = undefined;
    for (const deliver of this.held.splice(0)) deliver();
  }

  reset(): void {
    if (!this.open) return;
    this.open = false;
    for (const timer of this.timers) clearTimeout(timer);
    this.client.resetAndDestroy();
    this.upstream.resetAndDestroy();
    this.onClosed();
  }

  private forward(from: Socket, to: Socket, counted: boolean): void {
    from.on('data', (chunk) => {
      if (this.halfOpen) return;
      const allowed = counted ? this.takeAllowance(chunk) : chunk;
      this.deliver(() => {
        if (allowed.length > 0 && !to.destroyed && !to.write(allowed)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
      if (allowed.length < chunk.length) this.deliver(() => this.reset());
    });
    from.on('end', () => {
      if (!this.halfOpen) this.deliver(() => to.end());
      else if (from === this.client) this.reset();
    });
    from.on('error', () => this.ended(from));
    from.on('close', () => this.ended(from));
  }

  private takeAllowance(chunk: Buffer): Buffer {
    if (this.cutAfterBytes === undefined) return chunk;
    const allowed = chunk.subarray(0, this.cutAfterBytes);
    if (allowed.length === chunk.length) this.cutAfterBytes -= allowed.length;
    return allowed;
  }

  /** In order: what comes after something that is held is held too, and equal delays keep their order. */
  private deliver(action: () => void): void {
    if (this.stalled || this.held.length > 0) {
      this.held.push(action);
    } else if (this.latencyMs > 0) {
      const timer = setTimeout(() => {
        this.timers.delete(timer);
        action();
      }, this.latencyMs);
      this.timers.add(timer);
    } else {
      action();
    }
  }

  private ended(side: Socket): void {
    if (this.halfOpen && side === this.upstream) return;
    if (this.client.destroyed && this.upstream.destroyed) {
      if (this.open) this.reset();
      return;
    }
    // A side that closed after its end lets the other one finish; a side that broke takes the other one with it.
    if (!side.readableEnded || side.errored) this.reset();
  }
}
