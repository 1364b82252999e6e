import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { HookAction, HookResult, RevisionRef } from '../ports.js';
import type { DeployedMark } from '../deployed-mark.js';
import { StorageError } from '../storage-error.js';
import type { ApplyOptions, ApplyProgress } from './apply-options.js';
import { DEFAULT_APPLY_LIMITS, type ApplyLimits } from './limits.js';
import { UnitTurn } from './unit-turn.js';

/** What every step of one apply shares. */
export class ApplyContext {
  readonly limits: ApplyLimits;
  /** The turn of the unit under way. */
  readonly turn: UnitTurn;
  /** Zip bytes that came from outside the storage. */
  fetchedBytes = 0;

  constructor(readonly options: ApplyOptions) {
    this.limits = { ...DEFAULT_APPLY_LIMITS, ...options.limits };
    this.turn = new UnitTurn(options);
  }

  report(extension: string, state: ApplyProgress['state'], detail?: string): void {
    this.options.observe?.({ extension, state, ...(detail === undefined ? {} : { detail }) });
  }

  /** The point of history that the catalog certainly has: what marks name until a commit made another. */
  get base(): RevisionRef {
    const { catalogId, revision, chain } = this.options.wanted;
    return { catalogId, revision, chain };
  }

  /** A place in the trash that nothing stands at. */
  trashPath(name: string): string {
    return join(this.options.storage.trash.path, `${name}.${randomUUID()}`);
  }

  /** Throws unless the next step may begin. */
  checkGoesOn(): void {
    const { held, signal } = this.options;
    held.assertHeld();
    if (signal?.aborted !== true) return;
    throw new StorageError('aborted', `${held.purpose} was told to stop before its next step`, {
      cause: signal.reason,
    });
  }

  /** The hook's end, as a value; a hook that throws has not been started. */
  async runHook(action: HookAction, mark: DeployedMark, revision: number): Promise<HookResult> {
    const { hook, held, storage } = this.options;
    const began = performance.now();
    this.report(mark.name, 'deploying', `the ${action} hook`);
    const { name: extension, version } = mark;
    const path = storage.layout.extension(extension);
    try {
      return await hook.run({ action, extension, version, path, revision, node: storage.node }, held.fd);
    } catch (error) {
      const detail = `the ${action} hook could not be run: ${error instanceof Error ? error.message : String(error)}`;
      return { ok: false, code: 'hook-not-started', detail, durationMs: performance.now() - began };
    }
  }
}
