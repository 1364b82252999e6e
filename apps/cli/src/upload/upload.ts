import path from 'node:path';
import type { z } from 'zod';
import type { Deadline } from '../deadline.js';
import { bytes, span } from '../output/words.js';
import type { Session } from '../session.js';
import { bytesOf, type PackageFile } from './package-file.js';
import { stepWords } from './step-words.js';
import { UploadProgress } from './upload-progress.js';

export interface UploadOptions<T> {
  readonly schema: z.ZodType<T>;
  readonly query: Readonly<Record<string, boolean>>;
  readonly deadline: Deadline;
}

export interface Uploaded<T> {
  readonly body: T;
  /** What the origin did with it, in words; empty where it does not say. */
  readonly steps: string;
}

/** Sends a zip from the disk, telling how far it is, and reads the answer. */
export async function upload<T>(session: Session, file: PackageFile, options: UploadOptions<T>): Promise<Uploaded<T>> {
  const { out } = session;
  const name = path.basename(file.given);
  const startedAt = performance.now();
  const progress = new UploadProgress(out, name, file.sizeBytes);
  let steps = '';
  try {
    const body = await session.ask(options.schema, {
      service: 'import-service',
      method: 'POST',
      path: ['imports'],
      query: Object.fromEntries(Object.entries(options.query).filter(([, value]) => value)),
      headers: { 'content-type': 'application/zip' },
      upload: () => ({ stream: bytesOf(file), sizeBytes: file.sizeBytes }),
      onSent: (sent) => progress.sent(sent),
      onAnswer: (headers) => (steps = stepWords(String(headers['server-timing'] ?? ''))),
      thing: file.given,
      deadline: options.deadline,
      // The same bytes again change nothing.
      repeatable: true,
    });
    out.line(`  ${name}   ${bytes(file.sizeBytes)} in ${span(performance.now() - startedAt)}`);
    return { body, steps };
  } finally {
    progress.end();
  }
}
