import { MusterError } from '@muster/contracts';
import { withLimits } from './package-limits.js';
import type { PackageContents, PackageLimits, PackageOutline, PackageReader } from './package-reader.js';
import { PackageRefused } from './package-refused.js';
import type { ReaderAnswer, ReaderJob } from './reader/reader-job.js';
import { ReaderPool } from './reader/reader-pool.js';

export interface PackageReaderOptions {
  /** Those that are not given are `DEFAULT_LIMITS`. */
  readonly limits?: Partial<PackageLimits>;
  /** Packages that are read at the same time; more wait. Default 2. */
  readonly maxThreads?: number;
  /** Threads that stand ready from now on, so that a package that comes after a long rest is read at once. Default 0. */
  readonly readyThreads?: number;
  /** How long any other thread rests before it is ended. Default 15,000. */
  readonly idleMs?: number;
}

/**
 * A reader whose calls reject with `PackageRefused` where the package is at fault, and with another `MusterError` where it
 * is not: `storage-full`, `storage-failed` (its `cause.code` has the errno), `directory-not-empty`, `reader-not-started`,
 * `reader-closed`. An aborted `extract` rejects with the signal's reason, after its last write.
 */
export function createPackageReader(options: PackageReaderOptions = {}): PackageReader {
  const limits = withLimits(options.limits);
  const { maxThreads = 2, readyThreads = 0, idleMs = 15_000 } = options;
  const pool = new ReaderPool(limits, { maxThreads, readyThreads, idleMs });
  const run = async (job: ReaderJob, signal?: AbortSignal): Promise<PackageOutline | PackageContents> =>
    valueOf(await pool.run(job, signal));
  return {
    outline: async (zipFile) => (await run({ kind: 'outline', zipFile, limits })) as PackageOutline,
    check: async (zipFile) => (await run({ kind: 'check', zipFile, limits })) as PackageContents,
    extract: async (zipFile, directory, signal) =>
      (await run({ kind: 'extract', zipFile, directory, limits }, signal)) as PackageContents,
    close: () => pool.close(),
  };
}

function valueOf(answer: ReaderAnswer): PackageOutline | PackageContents {
  switch (answer.kind) {
    case 'done':
      return answer.value;
    case 'refused':
      throw new PackageRefused(answer.code, answer.detail, answer.facts);
    case 'failed': {
      const cause =
        answer.errno === undefined ? {} : { cause: Object.assign(new Error(answer.detail), { code: answer.errno }) };
      throw new MusterError(answer.code, answer.detail, { ...answer.facts, ...cause });
    }
    case 'ready':
      throw new MusterError('reader-not-started', 'the package reader answered a job by saying that it has started');
  }
}
