import { createHash, randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Deadline } from '../deadline.js';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import { bar } from '../output/bar.js';
import type { Session } from '../session.js';
import type { HttpAnswer } from './exchange.js';
import type { Question } from './question.js';
import { notReached } from './not-reached.js';

export interface Download {
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly file: string;
  readonly deadline: Deadline;
}

/** Writes a package beside its place while its sha256 is reckoned, and moves it there only if that is right. */
export async function download(session: Session, wanted: Download): Promise<void> {
  const { sha256, file, deadline } = wanted;
  const question: Question = {
    service: 'import-service',
    path: ['packages', sha256],
    headers: { accept: 'application/zip, application/problem+json' },
    thing: `the export of ${wanted.name}`,
    deadline,
  };
  const answer = await session.muster.open(question);
  const part = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID().slice(0, 8)}.part`);
  try {
    const handle = await open(part, 'wx').catch((error: unknown) => Promise.reject(notWritten(file, error)));
    try {
      await receive(session, answer, handle, wanted, question);
    } finally {
      await handle.close();
    }
    await rename(part, file).catch((error: unknown) => Promise.reject(notWritten(file, error)));
  } finally {
    answer.close();
    await rm(part, { force: true });
  }
}

async function receive(
  session: Session,
  answer: HttpAnswer,
  handle: FileHandle,
  { name, sha256, sizeBytes, file }: Download,
  question: Question,
): Promise<void> {
  const hash = createHash('sha256');
  const startedAt = performance.now();
  let received = 0;
  const pieces = (answer.body as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  for (;;) {
    const next = await pieces.next().catch((error: unknown) => Promise.reject(notReached(error, question, answer.url)));
    if (next.done === true) break;
    hash.update(next.value);
    received += next.value.length;
    await handle.writeFile(next.value).catch((error: unknown) => Promise.reject(notWritten(file, error)));
    session.out.progress(`  ${name}   ${bar(received, sizeBytes, performance.now() - startedAt)}`);
  }
  await handle.sync();
  const actual = hash.digest('hex');
  if (actual === sha256) return;
  throw new Failure(
    `the export of ${name}`,
    'checksum-mismatch',
    `${received} bytes came, and they are not those of the package`,
    {
      exitCode: EXIT.fault,
      happened: 'was thrown away',
      limit: sha256,
      actual,
      remedy: 'Try again. If it stays, something between here and the catalog damages what it carries.',
    },
  );
}

function notWritten(file: string, error: unknown): Failure {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such directory',
    EACCES: 'no right to write there',
    ENOSPC: 'the disk is full',
    EISDIR: 'there is a directory of that name',
  };
  return new Failure(file, 'not-written', `${known[code] ?? 'it cannot be written'} (${code})`, {
    exitCode: EXIT.fault,
    happened: 'cannot be written',
    remedy: 'Give another place with --output.',
  });
}
