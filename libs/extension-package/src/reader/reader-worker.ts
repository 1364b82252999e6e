import { parentPort } from 'node:worker_threads';
import { MusterError } from '@muster/contracts';
import { EntryTurns } from '../archive/entry-turns.js';
import { makeDirectories, readEntries } from '../archive/unpacking.js';
import { PackageRefused } from '../package-refused.js';
import { KeptArchive } from './kept-archive.js';
import type { OpenPackage } from './kept-archive.js';
import type { PackagePart, ReaderAnswer, ReaderFailure, RefusalFacts, ThreadJob } from './reader-job.js';

/*
 * The only place where a stranger's bytes are parsed. Whatever escapes from here, an exception outside every promise or a
 * full heap, ends this thread and nothing else.
 */

const kept = new KeptArchive();

async function answer(job: ThreadJob): Promise<ReaderAnswer> {
  const isHelper = job.role === 'helper';
  const turns = new EntryTurns(job.turns, isHelper);
  try {
    if (isHelper && turns.stopped) return { kind: 'idle' };
    const part = await withPackage(job, (opened) => (isHelper ? help(opened, job, turns) : lead(opened, job, turns)));
    return part === undefined ? { kind: 'idle' } : { kind: 'done', part };
  } catch (error) {
    const failure = failureOf(error, turns.at);
    if (isHelper && turns.at < 0) return { kind: 'idle' };
    turns.stop();
    return failure;
  }
}

/** Keeps the package after an outline, which an extract mostly follows; after any other job nobody asks for it again. */
async function withPackage<T>(job: ThreadJob, use: (opened: OpenPackage) => Promise<T>): Promise<T> {
  const opened = await kept.open(job.zipFile, job.limits);
  let isWanted = false;
  try {
    const result = await use(opened);
    isWanted = job.kind === 'outline';
    return result;
  } finally {
    if (isWanted) kept.keep(opened);
    else opened.archive.close();
  }
}

async function lead(opened: OpenPackage, job: ThreadJob, turns: EntryTurns): Promise<PackagePart> {
  const { archive } = opened;
  let missing: unknown;
  try {
    opened.readMetadata();
  } catch (error) {
    // Damaged bytes are a better reason than a metadata.xml that is missing: a check looks at them before it says so.
    if (job.kind !== 'check' || !(error instanceof PackageRefused) || error.code !== 'metadata-missing') throw error;
    missing = error;
  }
  if (job.kind === 'extract') makeDirectories(job.directory, archive);
  turns.begin();
  const files = job.kind === 'outline' ? [] : await readEntries(archive, turns, targetOf(job));
  // A helper that comes now finds nothing to do.
  turns.stop();
  if (missing !== undefined) throw missing;
  const { directories, entries, identity, unpackedBytes } = archive;
  const metadata = opened.readMetadata();
  const count = job.kind === 'outline' ? 0 : entries.filter(({ isDirectory }) => !isDirectory).length;
  return { lead: { metadata, directories, entries: entries.length, files: count, unpackedBytes }, files, identity };
}

async function help({ archive }: OpenPackage, job: ThreadJob, turns: EntryTurns): Promise<PackagePart | undefined> {
  if (job.kind === 'outline' || !turns.awaitBegin(job.limits.timeoutMs)) return undefined;
  return { files: await readEntries(archive, turns, targetOf(job)), identity: archive.identity };
}

function targetOf(job: ThreadJob): string | undefined {
  return job.kind === 'extract' ? job.directory : undefined;
}

function failureOf(error: unknown, at: number): ReaderFailure {
  if (error instanceof PackageRefused)
    return { kind: 'refused', code: error.code, detail: error.message, facts: factsOf(error), at };
  if (error instanceof MusterError)
    return { kind: 'failed', code: error.code, detail: error.message, facts: factsOf(error), at };
  const { code: errno, message, syscall } = error as NodeJS.ErrnoException;
  // An error without a system call behind it is a fault of the parsing: let it end the thread.
  if (errno === undefined || syscall === undefined) throw error;
  const full = errno === 'ENOSPC' || errno === 'EDQUOT';
  const remedy = full
    ? 'Free some space, then try again.'
    : 'See that the path exists and may be used, then try again.';
  const code = full ? 'storage-full' : 'storage-failed';
  return { kind: 'failed', code, detail: message, errno, facts: { remedy }, at };
}

function factsOf({ limit, actual, remedy }: MusterError): RefusalFacts {
  return {
    ...(limit === undefined ? {} : { limit }),
    ...(actual === undefined ? {} : { actual }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

const port = parentPort;
if (port === null) throw new Error('reader-worker runs as a worker thread');
port.on('message', (job: ThreadJob) => {
  void answer(job).then((result) => port.postMessage(result));
});
port.postMessage('ready');
