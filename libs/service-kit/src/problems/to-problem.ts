import { MusterError, type Problem } from '@muster/contracts';
import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import { problemStatus } from './problem-status.js';

export interface Answer {
  readonly problem: Problem;
  readonly retryAfterSeconds?: number;
  /** Nobody foresaw this error: it is logged whole, and the caller learns nothing of it. */
  readonly unexpected: boolean;
}

const CODE_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'bad-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  408: 'too-slow',
  409: 'conflict',
  413: 'too-large',
  415: 'unsupported-media-type',
  422: 'unprocessable',
  429: 'too-many-requests',
  503: 'unavailable',
};

/** What an error looks like to the caller. */
export function toProblem(error: unknown, instance: string): Answer {
  if (error instanceof MusterError) return ofMusterError(error, instance);
  const status = error instanceof HttpException ? error.getStatus() : statusOfMiddlewareError(error);
  if (status === undefined || status >= 500) {
    if (status === 503) return answer(503, 'unavailable', 'not now', instance);
    const detail = 'something went wrong here; the log of this service says what, under the request id of this answer';
    return { ...answer(500, 'internal-error', detail, instance), unexpected: true };
  }
  return answer(status, CODE_OF_STATUS[status] ?? 'refused', detailOf(error as Error, status), instance);
}

function ofMusterError(error: MusterError, instance: string): Answer {
  const extra = error as Partial<{
    status: number;
    retryAfterSeconds: number;
    step: string;
    undone: string[];
    checks: unknown[];
    packages: unknown[];
    blockers: unknown[];
    nodes: unknown[];
  }>;
  const status = extra.status ?? problemStatus(error.code);
  const { limit, actual, remedy } = error;
  const { step, undone, checks, packages, blockers, nodes } = extra;
  const given = Object.entries({ limit, actual, remedy, step, undone, checks, packages, blockers, nodes }).filter(
    ([, value]) => value !== undefined,
  );
  const { problem } = answer(status ?? 500, error.code, error.message, instance);
  return {
    problem: { ...problem, ...(Object.fromEntries(given) as Partial<Problem>) },
    ...(extra.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: extra.retryAfterSeconds }),
    unexpected: (status ?? 500) === 500,
  };
}

function answer(status: number, code: string, detail: string, instance: string): Answer {
  const title = STATUS_CODES[status] ?? 'Error';
  return { problem: { type: 'about:blank', title, status, code, detail, instance }, unexpected: false };
}

/** Middleware of express marks what the caller did wrong by a status of its own, and `expose`. */
function statusOfMiddlewareError(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, expose } = error as { status?: unknown; expose?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500 && expose !== false ? status : undefined;
}

function detailOf(error: Error, status: number): string {
  const body = error instanceof HttpException ? error.getResponse() : undefined;
  const message = typeof body === 'object' ? (body as { message?: unknown }).message : undefined;
  if (Array.isArray(message)) return message.join('; ');
  return (typeof message === 'string' ? message : error.message) || (STATUS_CODES[status] ?? 'refused');
}
