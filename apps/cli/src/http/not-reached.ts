import { EXIT } from '../exit-code.js';
import { Failure, Interrupted } from '../failure.js';
import { span } from '../output/words.js';
import type { Question } from './question.js';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name cannot be looked up now',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'the connection was not taken up in time',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
};

/** Why there was no whole answer. Ctrl-C stays what it is. */
export function notReached(error: unknown, question: Question, url: URL): unknown {
  const { service, deadline, method = 'GET' } = question;
  const { reason } = deadline.signal as { readonly reason: unknown };
  if (deadline.signal.aborted && reason instanceof Interrupted) return reason;
  const changes = method !== 'GET';
  const unsure = changes ? ' What it had begun goes on or is undone by itself: "muster revisions" tells which.' : '';
  if (deadline.signal.aborted) {
    return new Failure(`the ${service}`, 'no-answer', `${url.origin} did not answer within ${span(deadline.totalMs)}`, {
      exitCode: changes ? EXIT.later : EXIT.fault,
      happened: 'did not answer',
      remedy: `Is it well? See ${url.origin}/health/ready.${unsure}`,
      cause: error,
    });
  }
  const { code = '', message = String(error) } = error as NodeJS.ErrnoException;
  const wasCut = code === 'ECONNRESET' || code === 'EPIPE';
  return new Failure(
    `the ${service}`,
    'not-reached',
    `${url.origin}: ${WORDS[code] ?? message}${code && ` (${code})`}`,
    {
      exitCode: EXIT.fault,
      happened: 'was not reached',
      remedy:
        wasCut && changes
          ? unsure.trim()
          : `Start it ("npm start" runs a whole cluster), or give its address: --${service === 'import-service' ? 'url' : 'status-url'}, or ${service === 'import-service' ? 'MUSTER_URL' : 'MUSTER_STATUS_URL'}.`,
      cause: error,
    },
  );
}
