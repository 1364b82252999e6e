import type { Problem } from '@muster/contracts';

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** Asks the service; a refusal and an unreachable service are values alike. */
export async function ask<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<Answer<T>> {
  try {
    const response = await fetch(url, {
      method,
      headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const text = await response.text();
    return answerOf<T>(response.status, text);
  } catch (error) {
    return { ok: false, problem: unreachable(error instanceof Error ? error.message : String(error)) };
  }
}

export const read = <T>(url: string, signal?: AbortSignal): Promise<Answer<T>> => ask<T>('GET', url, undefined, signal);

export function answerOf<T>(status: number, text: string): Answer<T> {
  const value = parse(text);
  if (status >= 200 && status < 300) return { ok: true, value: value as T };
  if (isProblem(value)) return { ok: false, problem: value };
  return { ok: false, problem: plain(status, 'unexpected-answer', `the service answered with status ${status}`) };
}

export function unreachable(detail: string): Problem {
  return {
    ...plain(0, 'service-unreachable', `the service could not be reached: ${detail}`),
    remedy: 'Look whether the status service runs; this page tries again by itself.',
  };
}

export function plain(status: number, code: string, detail: string): Problem {
  return { type: 'about:blank', title: code, status, code, detail };
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}
