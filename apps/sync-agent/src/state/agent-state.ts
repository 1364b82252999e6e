import { EMPTY_CHAIN } from '@muster/contracts';
import type { CurrentStep, ExtensionState, FollowedLog, Hold, Rejoin, TurnWait } from '@muster/contracts';
import type {
  ApplyProgress,
  HeldBack,
  LocalState,
  Plan,
  Proof,
  RevisionRef,
  Step,
  WantedState,
} from '@muster/node-storage';

/** What one extension does in the look under way. */
export interface Progress {
  readonly state: ExtensionState;
  readonly detail?: string;
}

/** A proof with the moment at which looking began, on the monotonic clock (`performance.now()`): for its age. */
export interface TimedProof {
  readonly proof: Proof;
  readonly lookedAt: number;
}

/** `starting`: nothing was reconciled yet; `following`; `forked`: nothing is changed. */
export type AgentPhase = 'starting' | 'following' | 'forked';

/**
 * What this agent knows now. Looks write it, reports and the REST interface read it. `local` and `proof` are always of one
 * look, made under the storage's lock; `progress` covers them while a change is under way.
 */
export class AgentState {
  phase: AgentPhase = 'starting';
  /** Why the agent is forked, or why it cannot follow now. */
  reason: string | undefined;
  applied: RevisionRef;
  wanted: WantedState | undefined;
  local: LocalState | undefined;
  proof: TimedProof | undefined;
  held: readonly HeldBack[] = [];
  foreign: readonly string[] = [];
  drifted: ReadonlySet<string> = new Set();
  step: CurrentStep | undefined;
  /** How this node came back last. */
  rejoin: Rejoin | undefined;
  eventLog: FollowedLog | undefined;
  /** Set while it is held in maintenance, as the last look has read it. */
  paused: Hold | undefined;
  /** Whether the latest look has waited for the storage's lock for a while, and does not have it yet. */
  waitsForLock = false;
  /** What waits for other nodes, by extension: for its turn, or for what has failed there. */
  turns: ReadonlyMap<string, TurnWait> = new Map();
  /** What is being switched together. */
  switching: { readonly since: string; readonly extensions: readonly string[] } | undefined;
  /** Set while the catalog cannot be read. */
  catalogAway: { readonly since: string; readonly detail: string } | undefined;
  /** Steps of the plan under way, in order. */
  steps: readonly Step[] = [];
  /** Revisions that events have named and that no look has taken in yet, by extension. */
  readonly announced = new Map<string, number>();
  readonly progress = new Map<string, Progress>();
  private waitsSince: string | undefined;
  private readonly listeners: (() => void)[] = [];

  constructor(applied: RevisionRef | undefined) {
    this.applied = applied ?? { catalogId: '', revision: 0, chain: EMPTY_CHAIN };
  }

  /** Told of every change that a report would show. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** The node does this now; without an extension, the node as a whole. */
  doing(state: ExtensionState, detail: string): void {
    this.step = { state, since: new Date().toISOString(), detail };
    this.changed();
  }

  planned(steps: readonly Step[]): void {
    this.steps = steps;
    this.progress.clear();
    for (const { name } of steps) this.progress.set(name, { state: 'queued' });
    this.changed();
  }

  /** A step that has ended is `verifying` until the directory was looked at: only a look makes it in sync or parked. */
  observe({ extension, state: told, detail }: ApplyProgress): void {
    const state = told === 'in-sync' || told === 'parked' ? 'verifying' : told;
    this.progress.set(extension, { state, ...(detail === undefined ? {} : { detail }) });
    const since = new Date().toISOString();
    this.step = { extension, state, since, ...(detail === undefined ? {} : { detail }) };
    this.changed();
  }

  /** For whom what is put off waits now. */
  waitsTurn(turns: ReadonlyMap<string, TurnWait>): void {
    const news = JSON.stringify([...turns]) !== JSON.stringify([...this.turns]);
    this.turns = turns;
    const first = [...turns].find(([, { failed }]) => !failed);
    if (first === undefined) {
      this.waitsSince = undefined;
      if (this.step?.state === 'waiting-turn') this.step = undefined;
    } else {
      const [extension, { detail }] = first;
      this.waitsSince ??= new Date().toISOString();
      this.step = { extension, state: 'waiting-turn', since: this.waitsSince, detail };
    }
    if (news) this.changed();
  }

  /** These are being switched together; without them that is over. */
  switch(extensions: readonly string[] | undefined): void {
    this.switching = extensions && { since: new Date().toISOString(), extensions };
    this.changed();
  }

  /** Whether the log is followed; false where that is no news. */
  told(following: boolean, detail: string): boolean {
    if (this.eventLog?.following === following) return false;
    this.eventLog = { following, detail, since: new Date().toISOString() };
    this.changed();
    return true;
  }

  /** The catalog could not be read. */
  catalogLost(detail: string): void {
    const news = this.catalogAway === undefined;
    this.catalogAway = { since: this.catalogAway?.since ?? new Date().toISOString(), detail };
    if (news) this.changed();
  }

  catalogBack(): void {
    if (this.catalogAway === undefined) return;
    this.catalogAway = undefined;
    this.changed();
  }

  /** What a look under the lock has found. */
  looked(local: LocalState, timed: TimedProof): void {
    this.local = local;
    this.proof = timed;
  }

  /** What is left after a look, and what stands aside. */
  settled({ held, foreign, steps }: Plan, drifted: ReadonlySet<string>): void {
    this.held = held;
    this.foreign = foreign;
    this.steps = steps;
    this.drifted = drifted;
    this.progress.clear();
    this.step = undefined;
  }

  /** What would be done, if the node were not paused or its turn had come. */
  waiting(steps: readonly Step[]): void {
    for (const { name } of steps) this.progress.set(name, { state: 'queued' });
  }

  /** The node has taken in this revision. */
  follow(applied: RevisionRef): void {
    this.phase = 'following';
    this.reason = undefined;
    this.applied = applied;
  }

  /** What a stranger's catalog wants is of no concern here. */
  fork(reason: string): void {
    this.phase = 'forked';
    this.reason = reason;
    this.wanted = undefined;
    this.held = [];
    this.turns = new Map();
    this.drifted = new Set();
  }

  /**
   * The look is over, well or not: what was planned and is not done shows by what was found. A pause leaves it waiting, and so
   * does a turn that has not come.
   */
  rest(): void {
    const waitsTurn = this.step?.state === 'waiting-turn';
    const waits = this.paused !== undefined || waitsTurn;
    if (waits && (this.step === undefined || waitsTurn)) return;
    if (this.step === undefined && this.steps.length + this.progress.size === 0) return;
    this.step = undefined;
    if (!waits) {
      this.progress.clear();
      this.steps = [];
    }
    this.changed();
  }

  announce(extension: string, revision: number): void {
    this.announced.set(extension, revision);
    this.changed();
  }

  /** A look has read the catalog at this revision: what was announced up to there is no news. */
  takenIn(revision: number): void {
    for (const [extension, announced] of this.announced) {
      if (announced <= revision) this.announced.delete(extension);
    }
  }
}
