import type { LeasedTurns, TurnStore, TurnWakes } from '@muster/catalog';
import type { ApplyResult, DeployTurns, ParkedTarget, Plan, WantedState } from '@muster/node-storage';
import type { Logger } from 'pino';
import type { AgentState } from '../state/agent-state.js';
import type { LookRequests } from '../sync/look-requests.js';
import { TurnBook } from './turn-book.js';

export interface TurnDeskParts {
  readonly node: string;
  readonly turns: LeasedTurns;
  readonly store: Pick<TurnStore, 'settle' | 'clear' | 'barriers'>;
  readonly wakes: TurnWakes;
  readonly state: AgentState;
  readonly requests: LookRequests;
  readonly logger: Logger;
}

/** Often enough to keep a place in the queue. Whoever gives a turn back wakes the others; this is for when that was not heard. */
const ASK_AGAIN_MS = 4_000;

/**
 * This node's turns, for looks: what they have to put off, who is waited for, and the look that is asked for when that is
 * over. Nothing is held meanwhile but what is staged and a place in the queue, so looks go on and proofs stay fresh.
 */
export class TurnDesk {
  private readonly book = new TurnBook();
  private timer: NodeJS.Timeout | undefined;
  private asking: Promise<void> | undefined;
  private underLook = false;
  private closed = false;
  /** Whether this node may have a place in the queue. */
  private hasPlace = false;
  /** Extensions whose hooks have failed here, as the catalog knows. */
  private failed: readonly string[] = [];
  private revision = 0;

  constructor(private readonly parts: TurnDeskParts) {}

  get turns(): DeployTurns {
    return this.parts.turns;
  }

  /** A look under the storage's lock is about to change something. Throws where the catalog is away. */
  async begin(wanted: WantedState): Promise<void> {
    const { store, node } = this.parts;
    this.underLook = true;
    await this.asking;
    this.revision = wanted.revision;
    this.hasPlace ||= this.book.isQueued;
    this.book.begin();
    this.failed = await store.settle(node);
  }

  /** What stands aside because it failed elsewhere. */
  aside(): ParkedTarget[] {
    return this.book.aside();
  }

  took({ waiting, parked }: Pick<ApplyResult, 'waiting' | 'parked'>): void {
    const { logger } = this.parts;
    const before = this.book.waits();
    this.book.took(waiting);
    this.failed = [...this.failed, ...parked.filter(({ code }) => code.startsWith('hook-')).map(({ name }) => name)];
    for (const [extension, wait] of this.book.waits()) {
      if (before.get(extension)?.detail !== wait.detail)
        logger.info({ extension, wait }, `${extension} is ready, and waits: ${wait.detail}`);
    }
  }

  /** The steps of this look have been taken, and this is what is left; true where its turn is waited for. */
  async ended({ held, steps }: Pick<Plan, 'held' | 'steps'>): Promise<boolean> {
    const { store, node } = this.parts;
    const aside = new Set(held.map(({ step }) => step.name));
    const left = new Set(steps.map(({ name }) => name));
    this.book.retain(aside);
    this.tell();
    const mended = this.failed.filter((name) => !aside.has(name) && !left.has(name));
    if (mended.length > 0) await store.clear(node, mended);
    this.failed = this.failed.filter((name) => !mended.includes(name));
    if (!this.book.isQueued) await this.leaveQueue();
    return this.book.isQueued;
  }

  /** The look is over, well or not. */
  rest(): void {
    this.underLook = false;
    this.watch();
  }

  /** The node takes nothing for the time being: it keeps no place that others would wait for. */
  async withdraw(): Promise<void> {
    this.hasPlace ||= this.book.isQueued;
    this.book.clear();
    this.tell();
    await this.leaveQueue();
  }

  /** Others would wait for a place that nobody uses. */
  private async leaveQueue(): Promise<void> {
    if (!this.hasPlace) return;
    await this.parts.turns.withdraw();
    this.hasPlace = false;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.timer);
    this.timer = undefined;
    await this.asking;
    await this.parts.wakes.stop();
    await this.withdraw().catch((error: unknown) => this.trouble(error));
  }

  private watch(): void {
    if (this.closed) return;
    if (this.book.isEmpty) {
      clearInterval(this.timer);
      this.timer = undefined;
      void this.parts.wakes.stop();
      return;
    }
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => this.check(), ASK_AGAIN_MS);
    // What was told before it listened is asked for.
    void this.parts.wakes.listen(() => this.check()).then(() => this.check());
  }

  private check(): void {
    if (this.timer === undefined) return;
    void this.parts.wakes.listen(() => this.check());
    this.asking ??= this.ask()
      .catch((error: unknown) => this.trouble(error))
      .finally(() => (this.asking = undefined));
  }

  /** A look asks by itself: meanwhile the place is only kept. */
  private async ask(): Promise<void> {
    const { turns, store, node, requests } = this.parts;
    if (this.underLook) return this.hasPlace ? turns.keep() : undefined;
    const barred = this.book.barredChanges();
    let isOver = barred.length > 0 && this.book.barredNow(await store.barriers(node, barred));
    if (this.book.isQueued) {
      const decision = await turns.look({ changes: this.book.queuedChanges(), revision: this.revision });
      if (decision.kind === 'waits') this.book.queuedFor(decision.wait);
      else isOver = true;
    }
    this.tell();
    if (isOver) requests.ask({ reason: 'turn' });
  }

  private tell(): void {
    this.parts.state.waitsTurn(this.book.waits());
  }

  private trouble(error: unknown): void {
    this.parts.logger.debug({ err: error }, 'the turn could not be asked for');
  }
}
