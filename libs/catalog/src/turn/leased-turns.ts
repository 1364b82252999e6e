import type { TurnWait } from '@muster/contracts';
import { setTimeout as delay } from 'node:timers/promises';
import type { TurnAsker } from './turn-queue.js';
import type { AskedChange } from './turn-barriers.js';
import type { HookFailure, TurnDecision, TurnStore } from './turn.store.js';

export interface LeasedTurnsOptions extends TurnAsker {
  readonly store: TurnStore;
  /** How long a hook may run, all in all: a turn is not given to others while one could. */
  readonly hookMs: number;
  /** How long a turn or a place lasts without renewal; 15 s by default. */
  readonly leaseMs?: number;
  /** How long `take` waits for its turn; by default it does not wait. */
  readonly patienceMs?: number;
  /** Told of what could not be written: the turn then ends by itself. */
  readonly onTrouble: (error: unknown) => void;
}

export interface TurnAsked {
  readonly changes: readonly AskedChange[];
  readonly revision: number;
  readonly signal?: AbortSignal;
}

export type TurnGiven =
  | { readonly kind: 'granted'; readonly turn: LeasedTurn }
  | { readonly kind: 'waits'; readonly wait: TurnWait }
  | { readonly kind: 'barred'; readonly barred: ReadonlyMap<string, TurnWait> };

const LEASE_MS = 15_000;
const ASK_AGAIN_MS = 500;

/** The turns of one process. It satisfies node-storage's port `DeployTurns`. */
export class LeasedTurns {
  private readonly leaseMs: number;

  constructor(private readonly options: LeasedTurnsOptions) {
    this.leaseMs = options.leaseMs ?? LEASE_MS;
  }

  /** Under the storage's lock. Throws `database-away`. */
  async take({ changes, revision, signal }: TurnAsked): Promise<TurnGiven> {
    const { store, patienceMs = 0 } = this.options;
    const until = performance.now() + patienceMs;
    for (;;) {
      const decision = await store.take(this.options, { changes, revision, leaseMs: this.leaseMs });
      if (decision.kind === 'granted')
        return { kind: 'granted', turn: new LeasedTurn(this.options, revision, this.leaseMs) };
      if (decision.kind === 'barred' || patienceMs === 0) return decision;
      if (signal?.aborted === true || performance.now() >= until) {
        await store.release(this.options);
        return decision;
      }
      await delay(ASK_AGAIN_MS, undefined, signal && { signal }).catch(() => undefined);
    }
  }

  /** Whether its turn has come; keeps its place. */
  look(asked: Pick<TurnAsked, 'changes' | 'revision'>): Promise<TurnDecision> {
    return this.options.store.look(this.options, { ...asked, leaseMs: this.leaseMs });
  }

  /** Keeps its place, and asks for nothing. */
  keep(): Promise<void> {
    return this.options.store.keep(this.options, this.leaseMs);
  }

  /** Waits no longer. */
  withdraw(): Promise<void> {
    return this.options.store.release(this.options);
  }
}

/** A turn that was granted: renewed until it is given back. It lasts beyond the hook that runs, whatever becomes of us. */
export class LeasedTurn {
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly options: LeasedTurnsOptions,
    private readonly revision: number,
    private readonly leaseMs: number,
  ) {
    this.timer = setInterval(() => void this.renew({ leaseMs }), leaseMs / 3);
  }

  confirm({ extension, sha256 }: Pick<HookFailure, 'extension' | 'sha256'>): Promise<boolean> {
    const running = { extension, ...(sha256 !== undefined && { sha256 }) };
    return this.renew({ leaseMs: this.leaseMs + this.options.hookMs, running });
  }

  async failed(failure: HookFailure): Promise<void> {
    const { store, node } = this.options;
    await store.fail(node, this.revision, failure).catch(this.options.onTrouble);
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    await this.options.store.release(this.options).catch(this.options.onTrouble);
  }

  private async renew(lasts: Parameters<TurnStore['renew']>[1]): Promise<boolean> {
    try {
      return await this.options.store.renew(this.options, lasts);
    } catch (error) {
      this.options.onTrouble(error);
      return false;
    }
  }
}
