import { createParser } from 'eventsource-parser';
import type { HttpAnswer } from './exchange.js';

export interface ServerEvent {
  readonly id?: string;
  readonly data: string;
}

/** No beat for so long: the connection is dead, though nobody has closed it. A beat comes every 15 s. */
const SILENCE_MS = 40_000;
const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/** The events of an answer until it ends or falls silent. */
export async function* eventsOf(answer: HttpAnswer): AsyncGenerator<ServerEvent> {
  const arrived: ServerEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, data }) => arrived.push({ ...(id !== undefined && { id }), data }),
    maxBufferSize: MAX_EVENT_BYTES,
  });
  answer.body.setEncoding('utf8');
  let silence = setTimeout(answer.close, SILENCE_MS);
  try {
    for await (const piece of answer.body as AsyncIterable<string>) {
      clearTimeout(silence);
      silence = setTimeout(answer.close, SILENCE_MS);
      parser.feed(piece);
      yield* arrived.splice(0);
    }
  } finally {
    clearTimeout(silence);
    answer.close();
  }
}
