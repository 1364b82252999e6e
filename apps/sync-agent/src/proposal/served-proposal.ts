import type { OpenProposal, ReadinessReport } from '@muster/catalog';
import { backoffMs } from '../sync/backoff.js';
import type { Backoff } from '../sync/backoff.js';

/** How far this node is with a proposal. */
export type Readiness = Pick<ReadinessReport, 'state' | 'code' | 'reason'>;

const AGAIN: Backoff = { firstMs: 1_000, maxMs: 10_000 };

/** An open proposal, what the catalog was told of it, and when it is tried again. */
export class ServedProposal {
  private told: Readiness | undefined;
  private endsAtMs = Infinity;
  private failures = 0;
  private dueAtMs: number | undefined;

  constructor(
    readonly proposal: OpenProposal,
    private readonly now: () => number,
  ) {}

  /** It was read again: it ends so much later than now. */
  endsIn(ms: number): void {
    this.endsAtMs = this.now() + ms;
  }

  get id(): string {
    return this.proposal.id;
  }

  /** Nobody was told anything of it yet. */
  get isNew(): boolean {
    return this.told === undefined;
  }

  /** Whether it may be tried now, or is to wait a while since it failed. */
  get isDue(): boolean {
    return this.dueAtMs === undefined || this.dueAtMs <= this.now();
  }

  /** When a look is to be made on its behalf. */
  get nextLookMs(): number {
    return Math.min(this.dueAtMs ?? Infinity, this.endsAtMs);
  }

  isNews({ state, code, reason }: Readiness): boolean {
    return this.told?.state !== state || this.told.code !== code || this.told.reason !== reason;
  }

  tell(readiness: Readiness): void {
    this.told = readiness;
  }

  /** It could not be staged, or the catalog could not be told. */
  failed(): void {
    this.failures += 1;
    this.dueAtMs = this.now() + backoffMs(this.failures, AGAIN);
  }

  /** All that can be done now was done: what still keeps it back asks for a look by itself when it is over. */
  settled(): void {
    this.failures = 0;
    this.dueAtMs = undefined;
  }
}
