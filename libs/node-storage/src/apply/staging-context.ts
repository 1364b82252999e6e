import { StorageError } from '../storage-error.js';
import type { ApplyProgress, StagingOptions } from './apply-options.js';
import { DEFAULT_APPLY_LIMITS, type ApplyLimits } from './limits.js';

/** What fetching and staging share, in an apply or ahead of one. */
export class StagingContext {
  readonly limits: ApplyLimits;
  /** Zip bytes that came from outside the storage. */
  fetchedBytes = 0;

  constructor(readonly options: StagingOptions) {
    this.limits = { ...DEFAULT_APPLY_LIMITS, ...options.limits };
  }

  report(extension: string, state: ApplyProgress['state'], detail?: string): void {
    this.options.observe?.({ extension, state, ...(detail === undefined ? {} : { detail }) });
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
}

/** Work that was stopped by its signal ends as `aborted`, whatever was thrown for it. */
export async function stoppable<Result>(
  { signal, held }: Pick<StagingOptions, 'signal' | 'held'>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted !== true || error !== signal.reason) throw error;
    throw new StorageError('aborted', `${held.purpose} was told to stop`, { cause: error });
  }
}
