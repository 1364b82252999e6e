import { parentPort } from 'node:worker_threads';
import { MusterError } from '@muster/contracts';
import { EntryTurns } from '../archive/entry-turns.js';
import { makeDirectories, readEntries, type TargetOf } from '../archive/unpacking.js';
import { isMember } from '../archive/bundle.js';
import { PackageRefused } from '../package-refused.js';
import { KeptArchive } from './kept-archive.js';
import type { OpenPackage } from './kept-archive.js';
import { isOutline } from './reader-job.js';
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
    isWanted = isOutline(job);
    return result;
  } finally {
    if (isWanted) kept.keep(opened);
    else opened.archive.close();
  }
}

async function lead(opened: OpenPackage, job: ThreadJob, turns: EntryTurns): Promise<PackagePart> {
  const { archive } = opened;
  const bundle = job.kind === 'look' || job.kind === 'unbundle' ? opened.asBundle() : undefined;
  let missing: unknown;
  try {
    if (bundle === undefined) opened.readMetadata();
  } catch (error) {
    // Damaged bytes are a better reason than a metadata.xml that is missing: a check looks at them before it says so.
    if (job.kind !== 'check' || !(error instanceof PackageRefused) || error.code !== 'metadata-missing') throw error;
    missing = error;
  }
  if (job.kind === 'unbundle' && bundle === undefined) throw notABundle();
  if (job.kind === 'extract') makeDirectories(job.directory, archive.directories);
  if (job.kind === 'unbundle') makeDirectories(job.directory, []);
  turns.begin();
  const files = isOutline(job) ? [] : await readEntries(archive, turns, targetOf(job));
  // A helper that comes now finds nothing to do.
  turns.stop();
  if (missing !== undefined) throw missing;
  const { directories, entries, identity, unpackedBytes } = archive;
  const paths = entries.flatMap(({ path, isDirectory }) => (isDirectory ? [] : [path]));
  const facts = {
    ...(bundle === undefined ? { metadata: opened.readMetadata() } : { bundle }),
    directories,
    entries: entries.length,
    files: isOutline(job) ? 0 : paths.length,
    // What was read in whole is told by its manifest.
    paths: isOutline(job) ? paths : [],
    unpackedBytes,
  };
  return { lead: facts, files, identity };
}

async function help({ archive }: OpenPackage, job: ThreadJob, turns: EntryTurns): Promise<PackagePart | undefined> {
  if (isOutline(job) || !turns.awaitBegin(job.limits.timeoutMs)) return undefined;
  return { files: await readEntries(archive, turns, targetOf(job)), identity: archive.identity };
}

/** Where a file is written to; undefined where it is only checked. */
function targetOf(job: ThreadJob): TargetOf {
  if (job.kind === 'extract') return (path) => `${job.directory}/${path}`;
  if (job.kind === 'unbundle') return (path) => (isMember(path) ? `${job.directory}/${path}` : undefined);
  return () => undefined;
}

function notABundle(): PackageRefused {
  return new PackageRefused('metadata-missing', 'the zip holds no packages at its root, so it is not a bundle', {
    remedy: 'Upload an extension package, or a zip of such zips.',
  });
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
