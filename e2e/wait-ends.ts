import type { Convergence, ConvergenceState, Problem } from '@muster/contracts';
import { expect } from 'vitest';
import { askConvergence, type WaitQuery } from './calls.js';
import type { Answer } from './cluster.js';

/** `at once`: without waiting; `by event`: because something happened; `by timeout`: because its time was over. */
export type Ends = 'at once' | 'by event' | 'by timeout';

/** A wait that is to end by itself is given so much time that its end cannot be mistaken for its timeout. */
const LONG_MS = 60_000;
const SHORT_MS = 2_500;
/** Far less than the long wait, far more than a busy machine needs. */
const PROMPT_MS = 25_000;

export interface WaitEnd {
  readonly state: ConvergenceState;
  readonly ends: Ends;
  readonly reason?: RegExp;
}

/** Asks with a wait and checks how, and by what, it ends. `meanwhile` is what ends one that ends by event. */
export async function expectWait(
  statusUrl: string,
  query: WaitQuery,
  { state, ends, reason }: WaitEnd,
  meanwhile: () => Promise<unknown> | void = () => undefined,
): Promise<Convergence> {
  const { status, body } = await timed(statusUrl, query, ends, meanwhile);
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body, JSON.stringify(body)).toMatchObject({ state });
  if (reason !== undefined) expect(body.reason ?? '').toMatch(reason);
  if (state !== 'converged') expect(body.reason, `${state} says why`).toBeTruthy();
  return body;
}

/** The same for what is answered with a problem. */
export async function expectRefusal(
  statusUrl: string,
  query: WaitQuery,
  expected: { readonly status: number; readonly code: string; readonly ends: Ends },
  meanwhile: () => Promise<unknown> | void = () => undefined,
): Promise<void> {
  const { status, body } = await timed(statusUrl, query, expected.ends, meanwhile);
  expect([status, body.code], JSON.stringify(body)).toEqual([expected.status, expected.code]);
}

async function timed(
  statusUrl: string,
  query: WaitQuery,
  ends: Ends,
  meanwhile: () => Promise<unknown> | void,
): Promise<Answer<Convergence & Problem>> {
  const waitMs = ends === 'by timeout' ? SHORT_MS : LONG_MS;
  const startedAt = performance.now();
  let ended = false;
  const asking = askConvergence(statusUrl, { wait: `${waitMs}ms`, ...query }).finally(() => (ended = true));
  let eventAt = startedAt;
  if (ends === 'by event') {
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(ended, 'it has ended before anything happened').toBe(false);
    await meanwhile();
    eventAt = performance.now();
  }
  const answer = await asking;
  const tookMs = performance.now() - (ends === 'by event' ? eventAt : startedAt);
  const said = `${ends}, after ${Math.round(tookMs)} ms: ${JSON.stringify(answer.body)}`;
  if (ends === 'by timeout') expect(tookMs, said).toBeGreaterThan(SHORT_MS - 100);
  expect(tookMs, said).toBeLessThan(PROMPT_MS);
  return answer;
}
