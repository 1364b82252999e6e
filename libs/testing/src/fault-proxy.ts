import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ProxiedConnection } from './proxied-connection.js';

export type NewConnections = 'pass' | 'reset' | 'black-hole';

/**
 * A TCP proxy in front of PostgreSQL, or of anything, that does what networks do. Faults last until `heal`; what they did
 * to a connection that existed (reset, half-open, cut) stays done.
 */
export class FaultProxy {
  private readonly connections = new Set<ProxiedConnection>();
  private latencyMs = 0;
  private stalled = false;
  private newConnections: NewConnections = 'pass';
  private cutAfterBytes: number | undefined;
  private accepted = 0;

  private constructor(
    private readonly server: Server,
    private readonly target: { readonly host: string; readonly port: number },
  ) {}

  static start(target: { readonly host?: string; readonly port: number }): Promise<FaultProxy> {
    return new Promise((resolve, reject) => {
      const server = createServer({ allowHalfOpen: true });
      const proxy = new FaultProxy(server, { host: target.host ?? '127.0.0.1', port: target.port });
      server.on('connection', (client) => proxy.accept(client));
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(proxy));
    });
  }

  /** In front of the server of a URL; `urlThrough` then names the proxy instead. */
  static inFrontOf(url: string): Promise<FaultProxy> {
    const { hostname, port } = new URL(url);
    return FaultProxy.start({ host: hostname, port: Number(port || 5432) });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** How many connections were accepted so far, and how many of them are open. */
  get counts(): { readonly accepted: number; readonly open: number } {
    return { accepted: this.accepted, open: this.connections.size };
  }

  urlThrough(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.port);
    return changed.href;
  }

  /** Delays every chunk in both directions. */
  latency(milliseconds: number): void {
    this.latencyMs = milliseconds;
    for (const connection of this.connections) connection.latencyMs = milliseconds;
  }

  /** Holds all bytes back, of new connections too; they flow again after `heal`. */
  stall(): void {
    this.stalled = true;
    for (const connection of this.connections) connection.stall();
  }

  /** The far side of every connection is gone and the near side is never told: bytes sent vanish. New ones pass. */
  halfOpen(): void {
    for (const connection of this.connections) connection.goHalfOpen();
  }

  /** Every connection ends with RST on both sides. */
  reset(): void {
    for (const connection of this.connections) connection.reset();
  }

  /** What becomes of connections made from now on. */
  setNewConnections(fate: NewConnections): void {
    this.newConnections = fate;
  }

  /** Resets each connection once it has brought this many more bytes from the server, and every new one likewise. */
  cutAfter(bytes: number): void {
    this.cutAfterBytes = bytes;
    for (const connection of this.connections) connection.cutAfter(bytes);
  }

  heal(): void {
    this.latencyMs = 0;
    this.stalled = false;
    this.newConnections = 'pass';
    this.cutAfterBytes = undefined;
    for (const connection of this.connections) connection.heal();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.reset();
    await closed;
  }

  private accept(client: Socket): void {
    this.accepted += 1;
    if (this.newConnections === 'reset') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ ...this.target, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const connection = new ProxiedConnection(client, upstream, () => this.connections.delete(connection));
    this.connections.add(connection);
    connection.latencyMs = this.latencyMs;
    if (this.stalled) connection.stall();
    if (this.cutAfterBytes !== undefined) connection.cutAfter(this.cutAfterBytes);
    if (this.newConnections === 'black-hole') connection.goHalfOpen();
  }
}
