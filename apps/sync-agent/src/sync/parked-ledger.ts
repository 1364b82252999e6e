import type { Failure } from '@muster/contracts';
import type { ParkedExtension, ParkedTarget } from '@muster/node-storage';
import { backoffMs } from './backoff.js';
import type { Backoff } from './backoff.js';
import type { Names } from './look-requests.js';

/** A change that failed here: what was to come (`sha256`, undefined for a removal), how often, and when it is tried again. */
export interface ParkedEntry extends ParkedTarget {
  readonly attempts: number;
  readonly firstFailure: Failure;
  readonly lastFailure: Failure;
  /** Milliseconds since 1970. */
  readonly nextAttemptAtMs: number;
}

/** Failures that are not the package's own: it need not wait once the catalog answers again. */
const OUTAGES = new Set(['package-fetch-failed', 'package-stalled', 'database-away']);

/** Which changes stand aside on this node. A different target of the same extension is a new change, tried at once. */
export class ParkedLedger {
  private readonly entries = new Map<string, ParkedEntry>();

  constructor(
    private readonly backoff: Backoff,
    private readonly now: () => number = Date.now,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  get(name: string): ParkedEntry | undefined {
    return this.entries.get(name);
  }

  /** `attemptsBefore` is what the storage's own mark knows of earlier attempts, before a restart. */
  record({ name, sha256, step, code, detail }: ParkedExtension, attemptsBefore = 0): ParkedEntry {
    const known = this.entries.get(name);
    const same = known?.sha256 === sha256 ? known : undefined;
    const attempts = Math.max(same?.attempts ?? 0, attemptsBefore) + 1;
    const atMs = this.now();
    const failure: Failure = { code, detail: `${step}: ${detail}`, at: new Date(atMs).toISOString() };
    const entry: ParkedEntry = {
      name,
      sha256,
      attempts,
      firstFailure: same?.firstFailure ?? failure,
      lastFailure: failure,
      nextAttemptAtMs: atMs + backoffMs(attempts, this.backoff),
    };
    this.entries.set(name, entry);
    return entry;
  }

  settle(name: string): void {
    this.entries.delete(name);
  }

  all(): ParkedTarget[] {
    return [...this.entries.values()].map(({ name, sha256 }) => ({ name, sha256 }));
  }

  /** Forgets all but those that still stand aside. */
  retain(names: ReadonlySet<string>): void {
    for (const name of this.entries.keys()) if (!names.has(name)) this.entries.delete(name);
  }

  /** What is not to be tried in this look. */
  notDue({ retry, outageOver }: { readonly retry: Names; readonly outageOver: boolean }): ParkedTarget[] {
    const now = this.now();
    const isDue = ({ name, nextAttemptAtMs, lastFailure }: ParkedEntry): boolean =>
      nextAttemptAtMs <= now || retry === 'all' || retry.has(name) || (outageOver && OUTAGES.has(lastFailure.code));
    return [...this.entries.values()].filter((entry) => !isDue(entry)).map(({ name, sha256 }) => ({ name, sha256 }));
  }

  /** When the next of them is due, in milliseconds since 1970. */
  nextDueMs(): number | undefined {
    const times = [...this.entries.values()].map(({ nextAttemptAtMs }) => nextAttemptAtMs);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
