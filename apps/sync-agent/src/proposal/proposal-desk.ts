import type { Catalog, OpenProposal } from '@muster/catalog';
import { MusterError } from '@muster/contracts';
import type { HeldBack, HeldLock, LocalState, NodeStorage, WantedState } from '@muster/node-storage';
import type { Logger } from 'pino';
import type { AgentState } from '../state/agent-state.js';
import type { Change } from '../sync/change.js';
import type { LookRequests } from '../sync/look-requests.js';
import type { ParkedLedger } from '../sync/parked-ledger.js';
import { whyHeld } from '../sync/plain-errand.js';
import type { TurnDesk } from '../turn/turn-desk.js';
import { onTop } from './on-top.js';
import { ServedProposal, type Readiness } from './served-proposal.js';

export interface ProposalDeskParts {
  readonly storage: Pick<NodeStorage, 'node' | 'instance'>;
  readonly catalog: Pick<Catalog, 'proposals'>;
  readonly change: Pick<Change, 'stageAhead'>;
  readonly parked: Pick<ParkedLedger, 'all' | 'get'>;
  readonly turnDesk: Pick<TurnDesk, 'aside'> | undefined;
  readonly state: Pick<AgentState, 'turns'>;
  readonly requests: LookRequests;
  readonly logger: Logger;
}

/** A node as the catalog wants it, but for what stands aside, under its storage's lock. */
export interface ReadyScene {
  readonly held: HeldLock;
  readonly wanted: WantedState;
  readonly local: LocalState;
  readonly signal: AbortSignal;
}

const ENDS_THE_LOOK = new Set(['aborted', 'lock-lost']);

/** An early timer would find that it is open still. */
const MARGIN_MS = 20;

/**
 * The open proposals, while this node gets ready for them. Each look says which are open, and lets them be served once nothing
 * is left to be done for the head. Each is judged anew in every such look: what has come to stand in its way is told, too.
 * What the catalog was told is remembered, so that nothing is said twice; a new process begins with nothing staged, and tells
 * it anew.
 */
export class ProposalDesk {
  private served = new Map<string, ServedProposal>();
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(
    private readonly parts: ProposalDeskParts,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** A look has read which are open, the oldest first. */
  open(proposals: readonly OpenProposal[]): void {
    const known = this.served;
    this.served = new Map(proposals.map((one) => [one.id, known.get(one.id) ?? new ServedProposal(one, this.now)]));
    for (const { id, expiresInMs } of proposals) this.served.get(id)?.endsIn(expiresInMs);
    this.watch();
  }

  /** Zips that are to stand staged as long as they are proposed. */
  get zips(): readonly string[] {
    return this.all.flatMap(({ proposal }) => proposal.packages.map(({ sha256 }) => sha256));
  }

  /** Whether other proposals are open than those of the last look. */
  isNews(proposals: readonly OpenProposal[]): boolean {
    return proposals.length !== this.served.size || proposals.some(({ id }) => !this.served.has(id));
  }

  /** A look that only answers orders stages nothing: another one does. */
  putOff(): void {
    if (this.all.some(({ isNew, isDue }) => isNew && isDue)) this.parts.requests.ask({ reason: 'proposal' });
  }

  /** Stages and says how far it came. Throws where it was told to stop. */
  async serve(scene: ReadyScene): Promise<void> {
    for (const one of this.all) {
      if (!one.isDue) continue;
      if (one.isNew) await this.tell(one, { state: 'staging' });
      const readiness = await this.stage(one, scene);
      await this.tell(one, readiness);
    }
    this.watch();
  }

  /** The node can get ready for none of them now. */
  async refuse(code: string, reason: string): Promise<void> {
    for (const one of this.all) {
      one.settled();
      await this.tell(one, { state: 'failed', code, reason });
    }
    this.watch();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private get all(): ServedProposal[] {
    return [...this.served.values()];
  }

  private async stage(one: ServedProposal, { wanted, ...scene }: ReadyScene): Promise<Readiness> {
    const { change, parked, turnDesk } = this.parts;
    const { packages } = one.proposal;
    const names = new Set(packages.map(({ name }) => name));
    const aside = [...parked.all(), ...(turnDesk?.aside() ?? [])];
    try {
      const { held } = await change.stageAhead({ ...scene, wanted: onTop(wanted, packages), names, aside });
      one.settled();
      return held.length === 0 ? { state: 'ready' } : this.heldBack(held);
    } catch (error) {
      if (!(error instanceof MusterError) || ENDS_THE_LOOK.has(error.code)) throw error;
      one.failed();
      const { code, message } = error;
      return { state: 'failed', code, reason: `${code}: ${message}` };
    }
  }

  private heldBack(held: readonly HeldBack[]): Readiness {
    const { parked, state } = this.parts;
    const waitsTurn = held.every(({ waitsFor }) => state.turns.has(waitsFor));
    const reason = held.map((one) => `${one.step.name}: ${whyHeld(one, parked, state.turns)}`).join('; ');
    return { state: 'failed', code: waitsTurn ? 'waiting-turn' : 'parked', reason };
  }

  /** What the catalog does not hear now is told by a later look. */
  private async tell(one: ServedProposal, readiness: Readiness): Promise<void> {
    const { catalog, storage, logger } = this.parts;
    if (!one.isNews(readiness)) return;
    const { node, instance } = storage;
    try {
      await catalog.proposals.report({ proposal: one.id, node, instance, ...readiness });
    } catch (error) {
      one.failed();
      logger.warn(
        { err: error, proposal: one.id },
        'how far this node is with a proposal could not be told; trying again',
      );
      return;
    }
    one.tell(readiness);
    this.log(one, readiness);
  }

  private log({ id: proposal, proposal: { packages } }: ServedProposal, { state, code, reason }: Readiness): void {
    const { logger } = this.parts;
    const what = packages.map(({ name, version }) => `${name} ${version}`).join(', ');
    if (state === 'ready') logger.info({ proposal }, `ready for a proposal: ${what}`);
    if (state === 'failed') logger.warn({ proposal, code }, `not ready for a proposal (${what}): ${reason}`);
  }

  /** A look is made when one of them is over, or is to be tried again. */
  private watch(): void {
    clearTimeout(this.timer);
    if (this.closed || this.served.size === 0) return;
    const inMs = Math.min(...this.all.map(({ nextLookMs }) => nextLookMs)) - this.now();
    const ask = (): void => this.parts.requests.ask({ reason: 'proposal' });
    this.timer = setTimeout(ask, Math.max(0, inMs) + MARGIN_MS);
    this.timer.unref();
  }
}
