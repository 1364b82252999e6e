import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import type { BoardMessage } from '@muster/contracts';
import { FakeCluster } from './fake-cluster.js';
import { postTogether, type FakeFile } from './fake-imports.js';
import { answerRest } from './fake-rest.js';
import type { ScenarioName } from './scenarios.js';

const DIST = path.resolve(import.meta.dirname, '../../dist');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
export const POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/** The status service as the page knows it: the built page under `/ui/`, REST and server-sent events beside it. */
export class FakeServer {
  readonly cluster: FakeCluster;
  /** While set, an import waits here before it is committed. */
  gate: Promise<void> | undefined;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly importing = new Set<Socket>();

  constructor(scenario: ScenarioName) {
    this.cluster = new FakeCluster(scenario);
    this.server = createServer((request, response) => {
      this.answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** As the service's end looks to the page: the stream breaks, and nobody answers. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** As a connection that breaks while an import waits for its nodes. */
  cutImports(): void {
    for (const socket of this.importing) socket.destroy();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (url.pathname === '/') {
      response.writeHead(302, { location: '/ui/' }).end();
    } else if (url.pathname.startsWith('/ui/')) {
      await sendPage(url.pathname, response);
    } else if (url.pathname === '/events') {
      this.stream(response);
    } else {
      const body = await bodyOf(request);
      const files = filesOf(request.headers['content-type'] ?? '', body);
      if (request.method === 'POST' && url.pathname === '/imports' && !url.searchParams.has('dryRun')) await this.gate;
      if (isTogether(request, url)) this.importing.add(request.socket);
      const { status, value } = await (isTogether(request, url)
        ? postTogether(this.cluster, url.searchParams, files ?? [{ text: body }])
        : answerRest(this.cluster, request.method ?? 'GET', url, body, files));
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(JSON.stringify(value));
    }
  }

  private stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const send = (message: BoardMessage, id: string): void => {
      response.write(`id: ${id}\ndata: ${JSON.stringify(message)}\n\n`);
    };
    const { cluster } = this;
    send({ type: 'board', board: cluster.board }, cluster.messageId);
    cluster.on('message', send);
    const beats = setInterval(() => cluster.beat(), 5_000);
    response.once('close', () => {
      clearInterval(beats);
      cluster.off('message', send);
    });
  }
}

async function sendPage(pathname: string, response: ServerResponse): Promise<void> {
  const name = pathname.startsWith('/ui/assets/') ? pathname.slice('/ui/'.length) : 'index.html';
  try {
    const bytes = await readFile(path.join(DIST, path.normalize(name)));
    const type = TYPES[path.extname(name)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(bytes);
  } catch {
    response.writeHead(404).end(`${name} is not there: build the page first`);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function isTogether({ method }: IncomingMessage, { pathname, searchParams }: URL): boolean {
  return method === 'POST' && pathname === '/imports' && searchParams.get('activate') === 'together';
}

/** The files of a form; undefined where the body is none. */
function filesOf(contentType: string, body: string): FakeFile[] | undefined {
  const boundary = /^multipart\/form-data; *boundary=(.+)$/.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = '', text = ''] = part.split('\r\n\r\n', 2);
      const name = /filename="([^"]*)"/.exec(head)?.[1];
      return { text, ...(name !== undefined && { name }) };
    });
}
