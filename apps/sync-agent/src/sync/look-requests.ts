export type LookReason = 'start' | 'event' | 'timer' | 'retry' | 'order' | 'reconnect' | 'outage' | 'continue';

/** Names of extensions, or all of them. */
export type Names = ReadonlySet<string> | 'all';

export interface LookRequest {
  readonly reason: LookReason;
  /** These are hashed whole, whatever the stat-cache says. */
  readonly verify?: Names;
  /** These are tried again though their next attempt is not due. */
  readonly retry?: Names;
}

/** What one look was asked for, by all who asked since the last. */
export interface CoalescedLook {
  readonly reasons: ReadonlySet<LookReason>;
  readonly verify: Names;
  readonly retry: Names;
}

/** Any number of requests, one look: who asks while a look is under way gets the next one. */
export class LookRequests {
  private pending: CoalescedLook | undefined;
  private wake: (() => void) | undefined;

  ask({ reason, verify = new Set(), retry = new Set() }: LookRequest): void {
    const { reasons, verify: verifyBefore, retry: retryBefore } = this.pending ?? EMPTY;
    this.pending = {
      reasons: new Set([...reasons, reason]),
      verify: union(verifyBefore, verify),
      retry: union(retryBefore, retry),
    };
    this.wake?.();
  }

  /** Puts a look back that could not be made, so that nothing that was asked of it is forgotten. */
  restore(look: CoalescedLook): void {
    const { reasons, verify, retry } = this.pending ?? EMPTY;
    this.pending = {
      reasons: new Set([...look.reasons, ...reasons]),
      verify: union(look.verify, verify),
      retry: union(look.retry, retry),
    };
  }

  /** The next look as soon as somebody has asked for one; undefined once the signal is aborted. */
  async next(signal: AbortSignal): Promise<CoalescedLook | undefined> {
    while (this.pending === undefined && !signal.aborted) await this.asked(signal);
    if (signal.aborted) return undefined;
    const look = this.pending;
    this.pending = undefined;
    return look;
  }

  private async asked(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
    });
    over.abort();
    this.wake = undefined;
  }
}

const EMPTY: CoalescedLook = { reasons: new Set(), verify: new Set(), retry: new Set() };

export function union(left: Names, right: Names): Names {
  return left === 'all' || right === 'all' ? 'all' : new Set([...left, ...right]);
}
