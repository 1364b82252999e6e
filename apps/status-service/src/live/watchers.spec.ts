import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { waitFor } from '@muster/testing';
import { afterEach, expect, test } from 'vitest';
import { MessageRing } from './message-ring.js';
import { Watchers, type Broadcast, type WatchersOptions } from './watchers.js';

const KIB = 1024;
const ended: (() => void)[] = [];
afterEach(() => {
  for (const end of ended.splice(0).toReversed()) end();
});

/** Large messages, and a whole that names the number up to which it counts. */
class LoudBoard implements Broadcast {
  readonly ring = new MessageRing(20);
  wholes = 0;
  private told: () => void = () => undefined;

  get latest(): number {
    return this.ring.latest;
  }

  say(sizeBytes = 64 * KIB): void {
    this.ring.push((number) => Buffer.from(`<${number}>${'x'.repeat(sizeBytes)}\n`));
    this.told();
  }

  frame(number: number): Buffer | undefined {
    return this.ring.get(number);
  }

  wholeFrame(): { number: number; frame: Buffer } {
    this.wholes += 1;
    return { number: this.latest, frame: Buffer.from(`<whole ${this.latest}>\n`) };
  }

  numberOf(id: string | undefined): number | undefined {
    return id === undefined ? undefined : Number(id);
  }

  listen(listener: () => void): () => void {
    this.told = listener;
    return () => undefined;
  }

  refresh(): void {
    this.wholes += 0;
  }

  beatFrame(): Buffer {
    return Buffer.from('<beat>\n');
  }
}

async function watched(options: WatchersOptions = {}) {
  const board = new LoudBoard();
  const watchers = new Watchers(board, { beatMs: 50, ...options });
  const wires: ServerResponse[] = [];
  const server = createServer((request, response) => {
    response.writeHead(200, { 'transfer-encoding': 'chunked' });
    wires.push(response);
    watchers.add(response, request.headers['last-event-id'] as string | undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ended.push(() => {
    watchers.close();
    server.closeAllConnections();
    server.close();
  });
  const open = (lastId?: string): { socket: Socket; text: () => string } => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('error', () => undefined);
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${lastId === undefined ? '' : `Last-Event-ID: ${lastId}\r\n`}\r\n`);
    ended.push(() => socket.destroy());
    return { socket, text: () => text };
  };
  return { board, watchers, wires, open };
}

const numbers = (text: string): number[] => [...text.matchAll(/<(\d+)>/g)].map(([, number]) => Number(number));

test('one that does not read is not queued for, and goes on with the whole where messages are forgotten', async () => {
  const { board, wires, open } = await watched({ stallMs: 60_000 });
  const client = open();
  await waitFor(() => client.text().includes('<whole 0>'), { what: 'the first message' });
  client.socket.pause();
  for (let count = 0; count < 2_000; count += 1) {
    board.say();
    if (count % 20 === 0) await new Promise(setImmediate);
  }
  expect(wires[0]!.writableLength / KIB).toBeLessThan(512);
  client.socket.resume();
  await waitFor(() => client.text().includes('<whole 2000>'), { what: 'the whole' });
  board.say(1);
  await waitFor(() => numbers(client.text()).at(-1) === 2001, { what: 'what came after it' });
  const received = numbers(client.text());
  expect(received.length).toBeLessThan(1_000);
  expect(received).toEqual([...received].sort((a, b) => a - b));
  expect(new Set(received).size).toBe(received.length);
});

test('one that stands still for too long is cut off, and the others are not', async () => {
  const { board, watchers, open } = await watched({ stallMs: 200 });
  const still = open();
  const lively = open();
  await waitFor(() => watchers.count === 2, { what: 'both' });
  still.socket.pause();
  const closed = once(still.socket, 'close');
  const talk = setInterval(() => board.say(256 * KIB), 5);
  ended.push(() => clearInterval(talk));
  await waitFor(() => watchers.count === 1, { what: 'the one that reads' });
  clearInterval(talk);
  const before = board.latest;
  board.say(1);
  await waitFor(() => numbers(lively.text()).at(-1) === before + 1, { what: 'the latest' });
  still.socket.resume();
  await closed;
});

test('one that comes back gets each message once, in order', async () => {
  const { board, open } = await watched();
  for (let count = 0; count < 10; count += 1) board.say(1);
  const client = open('4');
  await waitFor(() => numbers(client.text()).length === 6, { what: 'six messages' });
  board.say(1);
  await waitFor(() => numbers(client.text()).at(-1) === 11, { what: 'the next' });
  expect(numbers(client.text())).toEqual([5, 6, 7, 8, 9, 10, 11]);
  expect(board.wholes).toBe(0);
  await waitFor(() => client.text().includes('<beat>'), { what: 'a beat' });
});
