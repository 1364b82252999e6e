import { setTimeout as delay } from 'node:timers/promises';

export interface WaitForOptions {
  readonly deadlineMs?: number;
  /** Completes the sentence "waited … for …"; a function is asked when the deadline has passed. */
  readonly what: string | (() => string);
  readonly everyMs?: number;
}

/**
 * Waits until `condition` answers something truthy, and answers it. What it throws counts as "not yet" and is told when the
 * deadline (60 s by default: a busy machine starts a process in many seconds) is reached.
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitForOptions): Promise<NonNullable<T>> {
  const { deadlineMs = 60_000, everyMs = 20, what } = options;
  const deadline = performance.now() + deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await condition();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      const thing = typeof what === 'string' ? what : what();
      throw new Error(`waited ${deadlineMs} ms in vain for ${thing}`, { cause: last });
    }
    await delay(everyMs);
  }
}
