import { MusterError } from '@muster/contracts';
import type { PackageManifest, PackageMetadata } from '@muster/contracts';
import { EntryTurns } from '../archive/entry-turns.js';
import { byBytes } from '../archive/entry-tree.js';
import { quoted } from '../package-refused.js';
import type { BundleContents } from '../archive/bundle.js';
import { errorOf } from './reader-job.js';
import type { PackagePart, ReaderAnswer, ReaderFailure, ReaderJob, ThreadJob } from './reader-job.js';
import type { ReaderThread } from './reader-thread.js';

/** What all threads together found in a zip; which of it is there hangs on the job. */
export interface ZipReading {
  readonly entries: number;
  readonly unpackedBytes: number;
  readonly manifest: PackageManifest;
  readonly files: readonly string[];
  /** Absent for a bundle. */
  readonly metadata?: PackageMetadata;
  readonly bundle?: BundleContents;
}

/**
 * The threads that read one package together: a leader, and helpers that may come while it reads. What ends one of them
 * before its answer (an abort, a time-out, its death) ends all. The reading settles when each has answered or ended, so
 * that nobody writes into the directory afterwards.
 */
export class ReaderCrew {
  readonly #turns = EntryTurns.memory();
  readonly #working = new Set<ReaderThread>();
  readonly #runs: Promise<ReaderAnswer>[] = [];

  /** `onFree` gets each thread as soon as this package needs it no longer. */
  constructor(
    readonly job: ReaderJob,
    private readonly signal: AbortSignal | undefined,
    private readonly onFree: (thread: ReaderThread) => void,
  ) {}

  get isReading(): boolean {
    return this.#working.size > 0;
  }

  async lead(leader: ReaderThread): Promise<ZipReading> {
    this.#add(leader, 'leader');
    // Helpers come while the leader works, so there are no more of them once it has settled.
    await this.#runs[0]?.catch(() => undefined);
    const settled = await Promise.allSettled(this.#runs);
    const answers = settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    const [failure] = answers.filter(isFailure).sort((left, right) => left.at - right.at);
    if (failure !== undefined) throw errorOf(failure);
    return merged(
      this.job,
      answers.flatMap((answer) => (answer.kind === 'done' ? [answer.part] : [])),
    );
  }

  join(helper: ReaderThread): void {
    this.#add(helper, 'helper');
  }

  /** Makes helpers leave after the entry that they read now. */
  recallHelpers(): void {
    new EntryTurns(this.#turns, true).recallHelpers();
  }

  #add(thread: ReaderThread, role: ThreadJob['role']): void {
    this.#working.add(thread);
    const run = thread.run({ ...this.job, role, turns: this.#turns }, this.signal).catch((reason: unknown) => {
      // A helper that did not start has touched nothing, and the leader can do without it.
      if (role === 'helper' && reason instanceof MusterError && reason.code === 'reader-not-started')
        return { kind: 'idle' } as const;
      for (const other of this.#working) if (other !== thread) void other.end(reason);
      throw reason;
    });
    const free = (): void => {
      this.#working.delete(thread);
      this.onFree(thread);
    };
    run.then(free, free);
    this.#runs.push(run);
  }
}

function isFailure(answer: ReaderAnswer): answer is ReaderFailure {
  return answer.kind === 'refused' || answer.kind === 'failed';
}

function merged({ zipFile }: ReaderJob, parts: readonly PackagePart[]): ZipReading {
  const lead = parts[0]?.lead;
  if (lead === undefined || parts.some(({ identity }) => identity !== parts[0]?.identity)) {
    throw new MusterError('storage-failed', `the zip ${quoted(zipFile)} was replaced while it was read`, {
      remedy: 'Leave the file alone until it has been read, then try again.',
    });
  }
  const { directories, entries, unpackedBytes, metadata, bundle, paths } = lead;
  const files = parts.flatMap((part) => part.files).sort((left, right) => byBytes(left.path, right.path));
  if (files.length !== lead.files) throw new Error(`${files.length} of ${lead.files} files were read`);
  return {
    entries,
    unpackedBytes,
    manifest: { files, directories: [...directories] },
    files: paths,
    ...(metadata && { metadata }),
    ...(bundle && { bundle }),
  };
}
