import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultProxy } from './fault-proxy.js';
import { beginLeakCheck, type LeakCheck } from './leak-check.js';
import { waitFor } from './wait-for.js';

describe('FaultProxy', () => {
  let leaks: LeakCheck;
  let echo: Server;
  let proxy: FaultProxy;
  let client: Socket;
  let received: string;
  let serverSide: Socket[];
  let ended: string | undefined;

  beforeEach(async () => {
    leaks = beginLeakCheck();
    serverSide = [];
    echo = createServer((socket) => {
      serverSide.push(socket);
      socket.on('error', () => undefined);
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
    proxy = await FaultProxy.start({ port: (echo.address() as AddressInfo).port });
    client = await open();
    client.write('a');
    await waitFor(() => received === 'a', { what: 'the echo' });
  });

  afterEach(async () => {
    client.destroy();
    await proxy.close();
    for (const socket of serverSide) socket.destroy();
    await new Promise((resolve) => echo.close(resolve));
    await leaks.assertNone();
  });

  async function open(): Promise<Socket> {
    received = '';
    ended = undefined;
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (ended = error.code));
    socket.on('close', () => (ended ??= 'closed'));
    await once(socket, 'connect');
    return socket;
  }

  it('holds bytes back in a stall and lets them flow in order after it', async () => {
    proxy.stall();
    for (let i = 0; i < 50; i += 1) client.write(`${i},`);
    const second = connect(proxy.port, '127.0.0.1');
    let other = '';
    second.on('data', (chunk) => (other += chunk.toString()));
    second.write('new');
    await waitFor(() => proxy.counts.open === 2, { what: 'the second connection' });
    expect(received).toBe('a');
    proxy.heal();
    const all = `a${Array.from({ length: 50 }, (_, i) => `${i},`).join('')}`;
    await waitFor(() => received === all && other === 'new', { what: 'all bytes after the stall' });
    second.destroy();
  });

  it('delays by the latency and keeps the order when the latency ends', async () => {
    proxy.latency(150);
    const begin = performance.now();
    client.write('b');
    await waitFor(() => received === 'ab', { what: 'the delayed echo' });
    expect(performance.now() - begin).toBeGreaterThanOrEqual(290);
    client.write('c');
    client.write('d');
    proxy.heal();
    client.write('e');
    await waitFor(() => received === 'abcde', { what: 'the rest' });
  });

  it('keeps the near side of a half-open connection open and swallows what it sends', async () => {
    proxy.halfOpen();
    await waitFor(() => serverSide[0]?.destroyed, { what: 'the far side to be gone' });
    client.write('lost');
    proxy.heal();
    const fresh = connect(proxy.port, '127.0.0.1');
    fresh.write('x');
    const [answer] = (await once(fresh, 'data')) as [Buffer];
    expect(answer.toString()).toBe('x');
    expect([received, ended, client.destroyed]).toEqual(['a', undefined, false]);
    fresh.destroy();
  });

  it('resets', async () => {
    proxy.reset();
    await waitFor(() => ended, { what: 'the reset' });
    expect(ended).toBe('ECONNRESET');
  });

  it('cuts after exactly so many bytes', async () => {
    proxy.cutAfter(7);
    client.write('0123');
    await waitFor(() => received === 'a0123', { what: 'the bytes before the cut' });
    client.write('456789');
    await waitFor(() => ended, { what: 'the cut' });
    expect(received.length).toBeLessThanOrEqual(8);
    expect('a0123456').toContain(received);
  });

  it('refuses new connections and takes them again when healed', async () => {
    proxy.setNewConnections('reset');
    await open().catch(() => undefined);
    await waitFor(() => ended, { what: 'the refusal' });
    proxy.heal();
    client = await open();
    client.write('again');
    await waitFor(() => received === 'again', { what: 'the echo' });
  });

  it('passes an orderly end on to both sides', async () => {
    client.end('last');
    await waitFor(() => ended, { what: 'the end' });
    expect([received, ended]).toEqual(['alast', 'closed']);
    await waitFor(() => proxy.counts.open === 0, { what: 'the proxy to forget the connection' });
  });
});
