import type { Cause, CauseName, Why } from '@muster/contracts';
import { waitFor } from '@muster/testing';
import { expect } from 'vitest';
import { why, type WhyQuery } from './calls.js';
import type { Cluster } from './cluster.js';

/** Patience on a busy machine; how long it took stands in the table. */
const NAMED_WITHIN_MS = 45_000;
const CLEARED_WITHIN_MS = 45_000;
/** Two heartbeats: an answer that is given must also stay. */
const STAYS_MS = 2_000;

/** `clock-skew` and `drift-recurring` may stand as remarks while nothing is wrong. */
const REMARKS = new Set<CauseName>(['clock-skew', 'drift-recurring']);

/** Asks why, again and again, and keeps what was answered for each cause. */
export class WhyTable {
  /** By cause and text: what the whole cluster answers is what the node does. */
  private readonly rows = new Map<string, { readonly injected: string; readonly ms: number; readonly answer: Cause }>();

  constructor(private readonly cluster: Cluster) {}

  /**
   * The cause is named first, with all that a person needs, and stays so. With `aboutIt`, first of those about the extension
   * itself: what lies at the root of a chain comes before what only follows from it. With `of`, it is that node's.
   */
  async expectNamed(
    injected: CauseName,
    query: WhyQuery,
    { aboutIt = false, of }: { readonly aboutIt?: boolean; readonly of?: string | undefined } = {},
  ): Promise<Cause> {
    const firstOf = ({ causes }: Why): Cause | undefined =>
      causes.find(({ extension }) => !aboutIt || extension === query.extension);
    const isIt = (cause: Cause | undefined): boolean =>
      cause?.cause === injected && (of === undefined || cause.node === of);
    const startedAt = performance.now();
    let latest: Why | undefined;
    const first = async (): Promise<Cause | undefined> => {
      const { body } = await why(this.cluster, query);
      latest = body;
      const found = firstOf(body);
      return isIt(found) ? found : undefined;
    };
    const answer = await waitFor(first, {
      deadlineMs: NAMED_WITHIN_MS,
      everyMs: 100,
      what: () => `${injected} in the first place of ${JSON.stringify(query)}; it says: ${JSON.stringify(latest)}`,
    });
    const key = `${injected} ${answer.node ?? ''} ${answer.extension ?? ''}`;
    if (!this.rows.has(key)) this.rows.set(key, { injected, ms: Math.round(performance.now() - startedAt), answer });
    expectTelling(answer, latest as Why, query);
    await this.expectStays(injected, query, (there) => {
      const found = firstOf(there);
      return { found, isIt: isIt(found) };
    });
    return answer;
  }

  /** Nothing is wrong any more; with a query, there. */
  async expectCleared(query: WhyQuery = {}): Promise<void> {
    let latest: Why | undefined;
    const isClear = async (): Promise<boolean> => {
      const { body } = await why(this.cluster, query);
      latest = body;
      return body.ok && body.causes.every(({ cause }) => REMARKS.has(cause));
    };
    await waitFor(isClear, {
      deadlineMs: CLEARED_WITHIN_MS,
      everyMs: 100,
      what: () => `an end of all causes for ${JSON.stringify(query)}; there is: ${JSON.stringify(latest)}`,
    });
  }

  get text(): string {
    const lines = Array.from(
      this.rows.values(),
      ({ injected, ms, answer }) =>
        `${injected.padEnd(20)} ${answer.cause.padEnd(20)} ${String(ms).padStart(6)}  ${answer.text}\n` +
        `${' '.repeat(50)}→ ${answer.remedy}${answer.command === undefined ? '' : ` (${answer.command})`}`,
    );
    return [`${'injected'.padEnd(20)} ${'named first'.padEnd(20)} ${'ms'.padStart(6)}  text → remedy`, ...lines].join(
      '\n',
    );
  }

  private async expectStays(
    injected: CauseName,
    query: WhyQuery,
    look: (answer: Why) => { readonly found: Cause | undefined; readonly isIt: boolean },
  ): Promise<void> {
    const until = performance.now() + STAYS_MS;
    const others = new Set<string>();
    const watch = async (): Promise<boolean> => {
      const { found, isIt } = look((await why(this.cluster, query)).body);
      if (!isIt) others.add(JSON.stringify(found ?? 'nothing'));
      return performance.now() >= until;
    };
    await waitFor(watch, { deadlineMs: STAYS_MS + 10_000, everyMs: 250, what: 'the end of the watch' });
    expect([...others], `${injected} was named, and then something else came first`).toEqual([]);
  }
}

function expectTelling(cause: Cause, answer: Why, { node, extension }: WhyQuery): void {
  expect(cause.text.length, JSON.stringify(cause)).toBeGreaterThan(10);
  expect(answer.text.length, JSON.stringify(answer)).toBeGreaterThan(10);
  expect(cause.remedy, cause.text).not.toBe('');
  // By the clock of the database, which ticks on this machine; nothing has begun in the future.
  expect(Date.parse(cause.since), cause.text).toBeLessThanOrEqual(Date.parse(answer.at) + 1_000);
  if (node !== undefined) expect(answer.node).toBe(node);
  if (extension !== undefined) expect(answer.extension).toBe(extension);
}
