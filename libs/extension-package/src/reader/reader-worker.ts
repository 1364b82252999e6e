import { parentPort } from 'node:worker_threads';
import { MusterError } from '@muster/contracts';
import { Archive } from '../archive/archive.js';
import { readAll } from '../archive/unpacking.js';
import { readPackageMetadata } from '../metadata/package-metadata.js';
import { PackageRefused } from '../package-refused.js';
import type { PackageContents, PackageOutline } from '../package-reader.js';
import type { ReaderAnswer, ReaderJob, RefusalFacts } from './reader-job.js';

/*
 * The only place where a stranger's bytes are parsed. Whatever escapes from here, an exception outside every promise or a
 * full heap, ends this thread and nothing else.
 */

async function run(job: ReaderJob): Promise<PackageOutline | PackageContents> {
  const archive = await Archive.open(job.zipFile, job.limits);
  try {
    const metadata = await metadataOf(archive, job);
    const { unpackedBytes } = archive;
    if (job.kind === 'outline') return { entries: archive.entries.length, unpackedBytes, metadata };
    const manifest = await readAll(archive, job.kind === 'extract' ? job.directory : undefined);
    return { metadata, manifest, unpackedBytes };
  } finally {
    archive.close();
  }
}

/** Damaged bytes are a better reason than a metadata.xml that is missing: a check looks at them before it says so. */
async function metadataOf(archive: Archive, { kind, limits }: ReaderJob): Promise<PackageOutline['metadata']> {
  try {
    return readPackageMetadata(archive, limits);
  } catch (error) {
    const missing = error instanceof PackageRefused && error.code === 'metadata-missing';
    if (missing && kind === 'check') await readAll(archive, undefined);
    throw error;
  }
}

function answerTo(error: unknown): ReaderAnswer {
  if (error instanceof PackageRefused)
    return { kind: 'refused', code: error.code, detail: error.message, facts: factsOf(error) };
  if (error instanceof MusterError)
    return { kind: 'failed', code: error.code, detail: error.message, facts: factsOf(error) };
  const { code: errno, message } = error as NodeJS.ErrnoException;
  // An error without a system call behind it is a fault of the parsing: let it end the thread.
  if (errno === undefined || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
  const full = errno === 'ENOSPC' || errno === 'EDQUOT';
  const remedy = full
    ? 'Free some space, then try again.'
    : 'See that the path exists and may be used, then try again.';
  return { kind: 'failed', code: full ? 'storage-full' : 'storage-failed', detail: message, errno, facts: { remedy } };
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
const post = (answer: ReaderAnswer): void => port.postMessage(answer);
port.on('message', (job: ReaderJob) => {
  void run(job).then(
    (value) => post({ kind: 'done', value }),
    (error: unknown) => post(answerTo(error)),
  );
});
post({ kind: 'ready' });
