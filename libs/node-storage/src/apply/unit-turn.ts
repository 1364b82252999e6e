import type { MusterError } from '@muster/contracts';
import { isDeployed } from '../deployed-mark.js';
import { targetOf, type Step } from '../plan/step.js';
import { StorageError } from '../storage-error.js';
import type { HeldTurn, HookTarget, TurnAnswer, TurnChange } from '../turn.js';
import type { ApplyOptions } from './apply-options.js';

/** What was answered, without the turn itself: that is kept here. */
export type UnitTurnAnswer = { readonly kind: 'granted' } | Exclude<TurnAnswer, { kind: 'granted' }>;

/** The turn in which the hooks of one unit run, its back-out included. Where nobody has to be asked it is always had. */
export class UnitTurn {
  private held: HeldTurn | undefined;

  constructor(private readonly options: Pick<ApplyOptions, 'turns' | 'wanted' | 'signal'>) {}

  /** For the agent. Throws where the catalog is away. */
  take(steps: readonly Step[]): Promise<UnitTurnAnswer> {
    return this.ask(steps.flatMap(turnChanges));
  }

  /** For an import, which is a later change than all that has failed before. Throws `turn-timeout`. */
  async takeOrThrow(steps: readonly Step[]): Promise<void> {
    const answer = await this.ask(steps.flatMap(turnChanges).map((change) => ({ ...change, again: true })));
    if (answer.kind === 'granted') return;
    const waits = answer.kind === 'waits' ? [answer.wait] : [...answer.barred.values()];
    throw new StorageError(
      'turn-timeout',
      `the hooks of this change have to wait: ${waits[0]?.detail ?? 'nobody says why'}`,
      {
        remedy: 'try again when it is done',
      },
    );
  }

  /** Right before a hook starts. Throws `turn-lost`. */
  async confirm(step: Step): Promise<void> {
    if (this.held === undefined || (await this.held.confirm(targetIn(step)))) return;
    throw new StorageError('turn-lost', 'the turn to run hooks ran out before this hook could start', {
      remedy: 'it is asked for again',
    });
  }

  /** Where it was the hook that failed, whoever comes next must know before the turn is given back. */
  async failed(step: Step, { code, message: detail }: MusterError): Promise<void> {
    if (!code.startsWith('hook-')) return;
    await this.held?.failed({ ...targetIn(step), code, detail });
  }

  async release(): Promise<void> {
    const { held } = this;
    this.held = undefined;
    await held?.release();
  }

  private async ask(changes: readonly TurnChange[]): Promise<UnitTurnAnswer> {
    const { turns, wanted, signal } = this.options;
    if (turns === undefined || changes.length === 0) return { kind: 'granted' };
    const answer = await turns.take({ changes, revision: wanted.revision, ...(signal && { signal }) });
    if (answer.kind !== 'granted') return answer;
    this.held = answer.turn;
    return { kind: 'granted' };
  }
}

/** What a turn is asked for, for one step. What Muster did not put there has no hook. */
export function turnChanges(step: Step): TurnChange[] {
  const { mark } = step.local ?? {};
  if (step.kind === 'remove' && mark === undefined) return [];
  const target = targetIn(step);
  const again = target.sha256 !== undefined && isDeployed(mark) && mark?.sha256 === target.sha256;
  return [{ ...target, again }];
}

function targetIn(step: Step): HookTarget {
  const sha256 = targetOf(step);
  return { extension: step.name, ...(sha256 !== undefined && { sha256 }) };
}
