import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { NodeAsker } from './node-asker.js';

/** A server that says these bytes to whoever comes, and nothing more. */
async function saying(text: string): Promise<string> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (text !== '') socket.end(text);
    onTestFinished(() => void socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const http = (status: string, body: string, headers = '') =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n${headers}connection: close\r\n\r\n${body}`;

test.for([
  ['nothing at all', '', 'no answer within 2 s'],
  ['no JSON', http('200 OK', 'hello'), 'what answers there is no agent'],
  ['something else', http('200 OK', '{"hello":1}'), 'what answers there is no agent that this service understands'],
  ['a refusal', http('403 Forbidden', '{}'), 'it answers with HTTP 403'],
  ['a way elsewhere', http('302 Found', '', 'location: http://127.0.0.1:1/\r\n'), 'unexpected redirect'],
  ['too much', http('200 OK', 'x'.repeat(5_000_000)), 'its answer is larger than 4194304 bytes'],
] as const)('what says %s is silent', async ([, text, detail]) => {
  const address = await saying(text);
  const asker = new NodeAsker();
  const [first, second] = [asker.ask('node-3', address), asker.ask('node-3', address)];
  expect(second).toBe(first);
  expect(await first).toEqual({ kind: 'silent', address, detail });
});

test('nobody is asked but by plain http', () => {
  for (const address of ['https://127.0.0.1:1', 'file:///etc/passwd', 'unix:/socket', 'nonsense', '']) {
    expect(new NodeAsker().ask('node-3', address), address).toBeUndefined();
  }
});
