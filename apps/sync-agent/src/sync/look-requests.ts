export type LookReason =
  | 'start'
  | 'event'
  | 'timer'
  | 'retry'
  | 'order'
  | 'replayed'
  | 'reconnect'
  | 'outage'
  | 'turn'
  | 'proposal'
  | 'continue';

/** Names of extensions, or all of them. */
export type Names = ReadonlySet<string> | 'all';

export interface LookRequest {
  readonly reason: LookReason;
  /** An event that was published again: what it names is hashed whole and tried again. */
  readonly replayed?: { readonly replayId: string; readonly extension: string };
}

/** What one look was asked for, by all who asked since the last. */
export interface CoalescedLook {
  readonly reasons: ReadonlySet<LookReason>;
  /** What events that were published again have named, by the id of their replay. */
  readonly replayed: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Any number of requests, one look: who asks while a look is under way gets the next one. */
export class LookRequests {
  private pending: Gathered | undefined;
  private wake: (() => void) | undefined;

  ask({ reason, replayed }: LookRequest): void {
    const { reasons, replayed: named } = this.open();
    reasons.add(reason);
    if (replayed !== undefined) addTo(named, replayed.replayId, [replayed.extension]);
    this.wake?.();
  }

  /** Puts a look back that could not be made, so that nothing that was asked of it is forgotten. */
  restore(look: CoalescedLook): void {
    const { reasons, replayed } = this.open();
    for (const reason of look.reasons) reasons.add(reason);
    for (const [id, names] of look.replayed) addTo(replayed, id, names);
  }

  /** The next look as soon as somebody has asked for one; undefined once the signal is aborted. */
  async next(signal: AbortSignal): Promise<CoalescedLook | undefined> {
    while (this.pending === undefined && !signal.aborted) await this.asked(signal);
    if (signal.aborted) return undefined;
    const look = this.pending;
    this.pending = undefined;
    return look;
  }

  private open(): Gathered {
    this.pending ??= { reasons: new Set(), replayed: new Map() };
    return this.pending;
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

interface Gathered extends CoalescedLook {
  readonly reasons: Set<LookReason>;
  readonly replayed: Map<string, Set<string>>;
}

function addTo(replayed: Map<string, Set<string>>, id: string, names: Iterable<string>): void {
  const known = replayed.get(id) ?? new Set();
  for (const name of names) known.add(name);
  replayed.set(id, known);
}

export function union(left: Names, right: Names): Names {
  return left === 'all' || right === 'all' ? 'all' : new Set([...left, ...right]);
}
