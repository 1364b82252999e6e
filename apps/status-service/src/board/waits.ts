import type { Convergence } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';
import type { Among } from '../model/among.js';
import { isFinal, timedOut } from '../model/converge.js';
import type { Assessment } from './assessment.js';
import type { Board } from './board.js';

interface Waiter {
  readonly settle: (answer: Convergence) => void;
  readonly fail: (error: unknown) => void;
}

/** What is waited for: the whole cluster, or one revision; on every expected node, or on some. */
export interface Question extends Among {
  readonly revision?: number;
}

/** All who wait for the same thing: judged once per round, however many they are. */
interface Group {
  readonly question: Question;
  readonly waiters: Set<Waiter>;
  latest: Convergence;
  /** Why the latest round could not judge; a wait that ends then has no answer. */
  failure?: unknown;
}

/** Long polls for convergence: each ends by its answer, its time, its client, or the end of the service. */
export class Waits {
  private readonly groups = new Map<string, Group>();

  constructor(
    private readonly board: Board,
    private readonly stopping: AbortSignal,
  ) {
    board.observe({ assessed: (assessment) => this.judge(assessment), failed: (error) => this.note(error) });
    stopping.addEventListener('abort', () => this.endAll());
  }

  get count(): number {
    return [...this.groups.values()].reduce((sum, { waiters }) => sum + waiters.size, 0);
  }

  /**
   * Where the cluster, or a revision, stands: at once, or as soon as that is final, at the latest after `waitMs`.
   *
   * @throws MusterError `revision-unknown`, `node-unknown`, `database-away`, `stopping`; the reason of `gone`
   */
  async convergence(question: Question, waitMs: number, gone: AbortSignal): Promise<Convergence> {
    const { revision, ...among } = question;
    this.board.retain(revision);
    try {
      const startedAt = performance.now();
      const first = (await this.board.look()).answer(revision, among);
      if (isFinal(first) || waitMs === 0) return first;
      gone.throwIfAborted();
      if (this.stopping.aborted) throw serviceStops();
      return await this.wait(question, first, waitMs, startedAt, gone);
    } finally {
      this.board.release(revision);
    }
  }

  private async wait(
    question: Question,
    first: Convergence,
    waitMs: number,
    startedAt: number,
    gone: AbortSignal,
  ): Promise<Convergence> {
    const key = JSON.stringify(question);
    const group = this.groups.get(key) ?? { question, waiters: new Set<Waiter>(), latest: first };
    this.groups.set(key, group);
    let timer: NodeJS.Timeout | undefined;
    let waiter: Waiter | undefined;
    let leave: (() => void) | undefined;
    try {
      return await new Promise<Convergence>((settle, fail) => {
        waiter = { settle, fail };
        group.waiters.add(waiter);
        leave = () => fail(gone.reason);
        gone.addEventListener('abort', leave);
        const runOut = () =>
          group.failure === undefined ? settle(timedOut(group.latest, waitMs)) : fail(group.failure);
        timer = setTimeout(runOut, waitMs - (performance.now() - startedAt));
      });
    } finally {
      clearTimeout(timer);
      if (leave !== undefined) gone.removeEventListener('abort', leave);
      if (waiter !== undefined) group.waiters.delete(waiter);
      if (group.waiters.size === 0 && this.groups.get(key) === group) this.groups.delete(key);
    }
  }

  private judge(assessment: Assessment): void {
    for (const group of this.groups.values()) {
      const { revision, ...among } = group.question;
      try {
        group.latest = assessment.answer(revision, among);
        delete group.failure;
        if (isFinal(group.latest)) for (const { settle } of group.waiters) settle(group.latest);
      } catch (error) {
        // The catalog no longer has the revision: another database stands in its place.
        for (const { fail } of group.waiters) fail(error);
      }
    }
  }

  private note(error: unknown): void {
    for (const group of this.groups.values()) group.failure = error;
  }

  private endAll(): void {
    for (const { waiters } of this.groups.values()) for (const { fail } of waiters) fail(serviceStops());
  }
}

function serviceStops(): HttpProblem {
  return new HttpProblem(503, 'stopping', 'the service stops; ask again', { retryAfterSeconds: 1 });
}
