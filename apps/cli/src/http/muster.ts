import type { z } from 'zod';
import type { Settings } from '../config/settings.js';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import { plain } from '../output/plain.js';
import { exchange, type Exchange, type HttpAnswer } from './exchange.js';
import { notReached } from './not-reached.js';
import { parseAnswer, problemOf, readText, unreadable } from './reading.js';
import type { Question } from './question.js';
import { refusalOf } from './refusal.js';

export interface MusterOptions {
  readonly settings: Settings;
  readonly note: (text: string) => void;
  /** Whether answers are shown on a terminal, and so must not hold control characters. */
  readonly forPeople: boolean;
}

/** The services of one Muster, asked over HTTP. */
export class Muster {
  private statusUrls: readonly URL[];
  private clock: { readonly serverMs: number; readonly localMs: number } | undefined;

  constructor(private readonly options: MusterOptions) {
    this.statusUrls = options.settings.statusUrls;
  }

  /** The time by the clock of the services, to the second; by this machine's before the first answer. */
  get nowMs(): number {
    if (this.clock === undefined) return Date.now();
    return this.clock.serverMs + performance.now() - this.clock.localMs;
  }

  async ask<T>(schema: z.ZodType<T>, question: Question): Promise<T> {
    const answer = await this.open(question);
    question.onAnswer?.(answer.headers);
    const from = `${question.method ?? 'GET'} ${this.urlOf(question).href}`;
    const text = await this.guarded(question, () => readText(answer));
    return parseAnswer(schema, this.options.forPeople ? cleaned(text) : text, from);
  }

  /** The answer whose head said that it succeeded. `Retry-After` is honoured once, within the deadline. */
  async open(question: Question): Promise<HttpAnswer> {
    const first = await this.attempt(question);
    if (!(first instanceof Failure)) return first;
    const waitSeconds = first.options.retryAfterSeconds;
    const { deadline } = question;
    if (!mayRepeat(first, question) || waitSeconds === undefined || waitSeconds * 1_000 >= deadline.remainingMs)
      throw first;
    this.options.note(
      `muster: ${first.thing} has to wait (${first.code}): ${first.message}; trying once more in ${waitSeconds} s`,
    );
    await deadline.pause(waitSeconds * 1_000);
    const second = await this.attempt(question.again?.() ?? question);
    if (second instanceof Failure) throw second;
    return second;
  }

  private async attempt(question: Question): Promise<HttpAnswer | Failure> {
    const answer = await this.guarded(question, () => exchange(this.exchangeOf(question)));
    const local = performance.now();
    const serverMs = Date.parse(answer.headers.date ?? '');
    if (!Number.isNaN(serverMs)) this.clock = { serverMs, localMs: local };
    if (answer.status >= 200 && answer.status < 300) return answer;
    const text = await this.guarded(question, () => readText(answer));
    answer.close();
    const problem = problemOf(cleaned(text));
    if (this.isElsewhere(question, answer.status, problem?.code)) return this.attempt(question);
    if (problem === undefined) return strange(this.urlOf(question), question, answer);
    if (problem.code === 'not-found' && problem.status === 404) return routeUnknown(this.urlOf(question), question);
    return refusalOf(question.thing, problem, answer);
  }

  /** A place that was only a guess, and does not know the route: the next one is asked from now on. */
  private isElsewhere({ service }: Question, status: number, code: string | undefined): boolean {
    const isUnknownRoute = status === 404 && (code === undefined || code === 'not-found');
    if (service !== 'status-service' || !isUnknownRoute || this.statusUrls.length < 2) return false;
    this.statusUrls = this.statusUrls.slice(1);
    return true;
  }

  private exchangeOf(question: Question): Exchange {
    const { method = 'GET', body, upload, onSent, deadline, headers } = question;
    const { token } = this.options.settings;
    const json = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const sent = upload?.() ?? json;
    return {
      method,
      url: this.urlOf(question),
      headers: {
        accept: 'application/json, application/problem+json',
        ...(json && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(sent !== undefined && { body: sent }),
      ...(onSent && { onSent }),
      signal: deadline.signal,
    };
  }

  private urlOf({ service, path, query = {} }: Question): URL {
    const [status] = this.statusUrls;
    if (status === undefined) throw new Error('there is always an address of the status-service');
    const url = new URL(service === 'import-service' ? this.options.settings.importUrl : status);
    url.pathname = [url.pathname.replace(/\/$/, ''), ...path.map(encodeURIComponent)].join('/');
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  /** What fails on the way is told as one of our failures. */
  private async guarded<T>(question: Question, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw notReached(error, question, this.urlOf(question));
    }
  }
}

/** Once more only where it was sent away for now, and cannot have been done. */
function mayRepeat({ code, options }: Failure, { method = 'GET', repeatable = method === 'GET' }: Question): boolean {
  if (options.status !== 503 && options.status !== 429) return false;
  return repeatable || code !== 'outcome-unknown';
}

function cleaned(text: string): string {
  try {
    return JSON.stringify(
      JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? plain(value) : value)),
    );
  } catch {
    return text;
  }
}

function routeUnknown(url: URL, { service, method = 'GET' }: Question): Failure {
  return unreadable(`${method} ${url.href}`, `there is no such route, and the ${service} has one`);
}

/** An answer that is neither what was asked for nor one of our refusals: a proxy, or not Muster at all. */
function strange(url: URL, question: Question, { status, headers }: HttpAnswer): Failure {
  if (status >= 300 && status < 400) {
    const place = headers.location === undefined ? '' : ` to ${plain(headers.location)}`;
    return unreadable(url.href, `it sends elsewhere${place}, and no token is sent along; give that address itself`);
  }
  if (status === 502 || status === 503 || status === 504) {
    return new Failure(
      question.thing,
      `http-${status}`,
      `what stands before the ${question.service} answers ${status}`,
      {
        exitCode: EXIT.later,
        status,
        remedy: `Is the ${question.service} behind ${url.origin} running?`,
      },
    );
  }
  return unreadable(url.href, `it answers ${status} and does not say why`);
}
