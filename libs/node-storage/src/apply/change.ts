import type { DeployedMark } from '../deployed-mark.js';
import { messageOf } from '../disk/failure.js';
import type { HookAction, HookResult, RevisionRef } from '../ports.js';
import { StorageError } from '../storage-error.js';
import type { ApplyContext } from './apply-context.js';

/** One step of a plan while it is taken: it can be undone until it is finished. `run` is `place`, then `complete`. */
export interface Change {
  /** What it was doing last, for messages: `mark`, `switch`, `hook`. */
  readonly phase: string;
  run(): Promise<void>;
  /** Switches the directory. A removal's hook runs before. */
  place(): Promise<void>;
  /** Runs the hook of what came. */
  complete(): Promise<void>;
  /** Puts back what was there before and runs the opposite hook where one had begun. Never throws; says what it did. */
  undo(): Promise<readonly string[]>;
  /** The commit made this revision. */
  committed(ref: RevisionRef): Promise<void>;
  /** Throws away what it kept for `undo`. */
  finish(): Promise<void>;
}

/** Takes back one thing after the other, though one of them fails, and writes down each. */
export class UndoLog {
  readonly lines: string[] = [];

  async take(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.lines.push(what);
    } catch (error) {
      this.lines.push(`could not be undone (the next start heals it): ${what}: ${messageOf(error)}`);
    }
  }
}

/**
 * Records the attempt, runs the hook and records how it came out. Throws on a hook's failure where `failure` says so, else
 * only writes it down.
 */
export async function runRecorded(
  context: ApplyContext,
  action: HookAction,
  mark: DeployedMark,
  revision: number,
): Promise<HookResult> {
  const { marks } = context.options.storage;
  const result = await context.runHook(action, mark, revision);
  const { previous, ...rest } = mark;
  const hook = result.ok ? 'done' : 'failed';
  const state = action === 'deploy' && result.ok ? 'installed' : mark.state;
  const kept = state === 'installed' || previous === undefined ? {} : { previous };
  await marks.write({ ...rest, ...kept, state, hook, at: new Date().toISOString() });
  return result;
}

export function requireHook(result: HookResult): void {
  if (!result.ok) throw new StorageError(result.code, result.detail, { remedy: 'look at what the hook says' });
}

/**
 * How often this very hook was started and did not come to its end, however it died. Throws once that was too often: it
 * probably takes its process along.
 */
export async function countAttempts(context: ApplyContext, interrupted: DeployedMark | undefined): Promise<number> {
  if (interrupted?.hook !== 'pending') return 0;
  const { maxHookAttempts } = context.limits;
  if (context.options.policy.kind === 'back-out' || interrupted.attempts < maxHookAttempts) return interrupted.attempts;
  await context.options.storage.marks.write({ ...interrupted, hook: 'failed', attempts: 0 });
  throw new StorageError(
    'hook-attempts-exhausted',
    `the hook of ${interrupted.name} ${interrupted.version} was started ${interrupted.attempts} times and never came to its end`,
    { limit: maxHookAttempts, actual: interrupted.attempts, remedy: 'see whether the hook ends its own agent' },
  );
}
