import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { HookAction, HookResult, RevisionRef } from '../ports.js';
import type { DeployedMark } from '../deployed-mark.js';
import type { ApplyOptions } from './apply-options.js';
import { StagingContext } from './staging-context.js';
import { UnitTurn } from './unit-turn.js';

/** What every step of one apply shares. */
export class ApplyContext extends StagingContext {
  /** The turn of the unit under way. */
  readonly turn: UnitTurn;

  constructor(override readonly options: ApplyOptions) {
    super(options);
    this.turn = new UnitTurn(options);
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
