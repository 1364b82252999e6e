import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Reply =
  | {
      readonly status?: number;
      readonly json?: unknown;
      readonly text?: string;
      readonly headers?: Record<string, string>;
    }
  | ((request: IncomingMessage, response: ServerResponse) => void);

/** Answers by `METHOD /path`, whose last part may be `*`; several replies are given in turn, the last one again and again. */
export type Routes = Readonly<Record<string, Reply | readonly Reply[]>>;

export interface FakeServices {
  readonly url: string;
  readonly asked: Asked[];
}

/** Both services on one port, as a status-service that passes on looks from outside. Ended with the test. */
export async function fakeServices(routes: Routes): Promise<FakeServices> {
  const asked: Asked[] = [];
  const left = new Map(
    Object.entries(routes).map(([key, reply]) => [
      key,
      Array.isArray(reply) ? [...(reply as Reply[])] : [reply as Reply],
    ]),
  );
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://fake');
    const route = `${request.method} ${url.pathname}`;
    const replies = left.get(route) ?? left.get(route.replace(/[^/]+$/, '*')) ?? [NOT_FOUND];
    const reply = (replies.length > 1 ? replies.shift() : replies[0]) ?? NOT_FOUND;
    if (typeof reply === 'function') {
      asked.push({ method: request.method ?? '', url, headers: request.headers, body: Buffer.alloc(0) });
      reply(request, response);
      return;
    }
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      asked.push({ method: request.method ?? '', url, headers: request.headers, body: Buffer.concat(pieces) });
      const type = (reply.status ?? 200) >= 400 ? 'application/problem+json' : 'application/json';
      response.writeHead(reply.status ?? 200, { 'content-type': type, ...reply.headers });
      response.end(reply.text ?? JSON.stringify(reply.json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** A refusal as the services send it. */
export function refusal(
  status: number,
  code: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Reply {
  return {
    status,
    headers,
    json: { type: 'about:blank', title: 'No', status, code, detail: `detail of ${code}`, ...more },
  };
}

const NOT_FOUND: Reply = refusal(404, 'not-found');
