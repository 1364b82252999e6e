import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ClientRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Readable } from 'node:stream';

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | { readonly stream: Readable; readonly sizeBytes: number };
  readonly signal: AbortSignal;
  /** Told for each piece of a streamed body that has been handed on. */
  readonly onSent?: (bytes: number) => void;
}

export interface HttpAnswer {
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
  /** Ends what is still under way of request and answer. */
  readonly close: () => void;
}

/**
 * One request and the head of its answer. Nothing is followed or retried. An answer that comes before the body has been sent is
 * taken, and the rest of the body is not.
 */
export function exchange({ method, url, headers, body, signal, onSent }: Exchange): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const agent = method === 'GET' ? undefined : ownAgent(url);
    const request = send(url, { method, headers: { ...headers, ...lengthOf(body) }, signal, ...(agent && { agent }) });
    request.once('error', reject).once('close', () => agent?.destroy());
    request.once('response', (answer) => {
      if (body !== undefined && !Buffer.isBuffer(body)) body.stream.unpipe(request).pause();
      resolve({
        url,
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: answer,
        close: () => request.destroy(),
      });
    });
    sendBody(request, body, onSent);
  });
}

/**
 * What changes something gets a connection of its own: one that was idle may be closed just then. It offers to keep it open:
 * a server closes one that is not kept as soon as it has answered, and a refusal would be lost while the body is still sent.
 */
function ownAgent({ protocol }: URL): Agent {
  return protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new Agent({ keepAlive: true });
}

function lengthOf(body: Exchange['body']): Record<string, string> {
  if (body === undefined) return {};
  return { 'content-length': String(Buffer.isBuffer(body) ? body.length : body.sizeBytes) };
}

function sendBody(request: ClientRequest, body: Exchange['body'], onSent: Exchange['onSent']): void {
  if (body === undefined || Buffer.isBuffer(body)) {
    request.end(body);
    return;
  }
  const { stream, sizeBytes } = body;
  let sent = 0;
  stream.on('data', (piece: Buffer) => {
    sent += piece.length;
    onSent?.(sent);
  });
  stream.once('error', (error) => request.destroy(error));
  // Without this the service would wait for the rest of a file that has become shorter.
  stream.once('end', () => sent < sizeBytes && request.destroy(new Error('the file became shorter while it was sent')));
  stream.pipe(request);
}
