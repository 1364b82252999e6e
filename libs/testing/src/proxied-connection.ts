import type { Socket } from 'node:net';

/** One connection through the proxy: two sockets and what is being done to the bytes between them. */
export class ProxiedConnection {
  latencyMs = 0;
  private stalled = false;
  private halfOpen = false;
  private cutAfterBytes: number | undefined;
  /** What waits for its time or for the end of a stall, in order. */
  private readonly pending: (() => void)[] = [];
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

  /** Stops reading too, so that the windows of both sides fill up as they would in a stalled network. */
  stall(): void {
    this.stalled = true;
    this.client.pause();
    this.upstream.pause();
  }

  goHalfOpen(): void {
    this.halfOpen = true;
    this.pending.length = 0;
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
    for (const action of this.pending.splice(0)) action();
    this.client.resume();
    this.upstream.resume();
  }

  reset(): void {
    if (!this.open) return;
    this.open = false;
    for (const timer of this.timers) clearTimeout(timer);
    resetSocket(this.client);
    resetSocket(this.upstream);
    this.onClosed();
  }

  private forward(from: Socket, to: Socket, counted: boolean): void {
    from.on('data', (chunk) => {
      if (this.halfOpen) return;
      const allowed = counted ? this.takeAllowance(chunk) : chunk;
      this.deliver(() => {
        if (allowed.length > 0 && !to.destroyed && !to.write(allowed)) {
          from.pause();
          to.once('drain', () => {
            if (!this.stalled) from.resume();
          });
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

  /** One queue for both directions: whatever delays the head delays what comes after it. */
  private deliver(action: () => void): void {
    this.pending.push(action);
    if (this.stalled) return;
    if (this.latencyMs === 0 && this.pending.length === 1) return this.runHead();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.runHead();
    }, this.latencyMs);
    this.timers.add(timer);
  }

  private runHead(): void {
    if (!this.stalled) this.pending.shift()?.();
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

/** A socket that is shutting down cannot be reset any more: Node would leave its handle open for ever. */
function resetSocket(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
