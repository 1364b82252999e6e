import { convergenceSchema, type Convergence, type ConvergenceState } from '@muster/contracts';
import type { Deadline } from '../deadline.js';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import type { Session } from '../session.js';
import { NodeLines } from './node-lines.js';

/** A revision that is waited for. */
export interface Goal {
  readonly revision: number;
  /** Whose changes it holds: a later revision of one's own may supersede it. */
  readonly extensions: readonly string[];
  /** What a node says when it has it: `installed`, `removed`, … */
  readonly done: string;
}

export interface Outcome {
  readonly state: ConvergenceState;
  readonly revision: number;
  readonly reason?: string;
  readonly seconds: number;
  /** The last answer for that revision; absent where none came. */
  readonly convergence?: Convergence;
}

/** How long only absent nodes are waited for: they were silent for longer than the offline limit already. */
const ABSENT_GRACE_MS = 20_000;
/** How long the status service may be away before the following is given up: the cluster goes on without it. */
const SILENCE_MS = 15_000;
const ANSWER_MS = 20_000;

/** Asks until each revision is everywhere, or one of them never will be, and tells of each node as it gets there. */
export async function follow(session: Session, goals: readonly Goal[], deadline: Deadline): Promise<Outcome> {
  const following = new Following(session, goals, deadline);
  const [last] = goals.slice(-1);
  session.meanwhile = `Revision ${last?.revision ?? 0} is committed, and the nodes go on without you. See how it stands: muster wait --revision ${last?.revision ?? 0}`;
  for (;;) {
    const outcome = await following.look();
    if (outcome !== undefined) return outcome;
    await deadline.pause(following.pauseMs);
  }
}

class Following {
  private readonly startedAt = performance.now();
  private readonly answers = new Map<number, Convergence>();
  private readonly lines: NodeLines;
  private pending: readonly Goal[];
  private onlyAbsentSince: number | undefined;
  private silentSince: number | undefined;

  constructor(
    private readonly session: Session,
    private readonly goals: readonly Goal[],
    private readonly deadline: Deadline,
  ) {
    this.pending = goals;
    this.lines = new NodeLines(session.out, goals.at(-1)?.done ?? 'done', this.startedAt);
  }

  /** Often at first, when most clusters converge; rarely when something takes long. */
  get pauseMs(): number {
    const elapsed = performance.now() - this.startedAt;
    return elapsed < 2_000 ? 100 : elapsed < 20_000 ? 300 : 1_000;
  }

  async look(): Promise<Outcome | undefined> {
    const isLast = this.deadline.isOver;
    try {
      for (const goal of this.pending) this.answers.set(goal.revision, await this.askFor(goal));
      this.silentSince = undefined;
    } catch (error) {
      return this.withoutAnswer(error, isLast);
    }
    const states = this.pending.map((goal) => ({ goal, answer: this.answers.get(goal.revision) }));
    this.lines.show(states.flatMap(({ answer }) => answer ?? []));
    this.pending = states.filter(({ goal, answer }) => !this.isSettled(goal, answer)).map(({ goal }) => goal);
    if (this.pending.length === 0) return this.outcome('converged', this.goals.at(-1));
    const final = states.find(({ answer }) => answer?.state === 'failed' || answer?.state === 'superseded');
    if (final !== undefined && this.pending.includes(final.goal)) {
      return this.outcome(final.answer?.state ?? 'failed', final.goal);
    }
    return this.whenTimeIsUp(isLast);
  }

  private askFor({ revision }: Goal): Promise<Convergence> {
    return this.session.ask(convergenceSchema, {
      service: 'status-service',
      path: ['convergence'],
      query: { revision },
      thing: `the question for revision ${revision}`,
      deadline: this.session.deadline(ANSWER_MS),
    });
  }

  private isSettled({ revision, extensions }: Goal, answer: Convergence | undefined): boolean {
    if (answer?.state === 'converged') return true;
    if (answer?.state !== 'superseded') return false;
    return this.goals.some(
      (other) => other.revision > revision && other.extensions.some((name) => extensions.includes(name)),
    );
  }

  private whenTimeIsUp(isLast: boolean): Outcome | undefined {
    const answers = this.pending.map((goal) => this.answers.get(goal.revision));
    const onlyAbsent = answers.every((answer) => answer?.state === 'absent');
    this.onlyAbsentSince = onlyAbsent ? (this.onlyAbsentSince ?? performance.now()) : undefined;
    const graceIsOver =
      this.onlyAbsentSince !== undefined && performance.now() - this.onlyAbsentSince > ABSENT_GRACE_MS;
    if (!isLast && !graceIsOver) return undefined;
    return this.outcome(onlyAbsent ? 'absent' : 'timed-out', this.pending[0]);
  }

  /** It is committed: that nobody can say how it stands does not undo that. */
  private withoutAnswer(error: unknown, isLast: boolean): Outcome | undefined {
    if (!(error instanceof Failure)) throw error;
    this.silentSince ??= performance.now();
    const mayPass = error.code === 'not-reached' || error.code === 'no-answer' || error.exitCode === EXIT.later;
    if (mayPass && !isLast && performance.now() - this.silentSince < SILENCE_MS) {
      this.lines.waiting(`${error.thing} ${error.happened}: ${error.message}`);
      return undefined;
    }
    const reason = `it cannot be followed: ${error.thing} ${error.happened} (${error.code}): ${error.message}`;
    return { ...this.outcome('timed-out', this.pending[0]), reason };
  }

  private outcome(state: ConvergenceState, goal: Goal | undefined): Outcome {
    const revision = goal?.revision ?? 0;
    const convergence = this.answers.get(revision);
    const reason = convergence?.state === 'converged' ? undefined : convergence?.reason;
    return {
      state,
      revision,
      seconds: (performance.now() - this.startedAt) / 1_000,
      ...(reason !== undefined && { reason }),
      ...(convergence && { convergence }),
    };
  }
}
