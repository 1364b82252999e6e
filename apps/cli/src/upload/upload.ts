import path from 'node:path';
import type { z } from 'zod';
import type { Deadline } from '../deadline.js';
import { bar } from '../output/bar.js';
import { bytes, span } from '../output/words.js';
import type { Session } from '../session.js';
import { bytesOf, type PackageFile } from './package-file.js';
import { stepWords } from './step-words.js';

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

/** How often a long upload says how far it is, where there is no terminal to draw on. */
const TELL_EVERY_MS = 10_000;
const DRAW_EVERY_MS = 80;

/** Sends a zip from the disk, telling how far it is, and reads the answer. */
export async function upload<T>(session: Session, file: PackageFile, options: UploadOptions<T>): Promise<Uploaded<T>> {
  const { out } = session;
  const name = path.basename(file.given);
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  let steps = '';
  let drawnAt = Number.NEGATIVE_INFINITY;
  let toldAt = 0;
  const onSent = (sent: number): void => {
    if (sent >= file.sizeBytes) {
      out.progress(`  ${name}   sent ${bytes(file.sizeBytes)} in ${span(elapsed())}; checking, unpacking, deploying …`);
    } else if (elapsed() - drawnAt > DRAW_EVERY_MS) {
      drawnAt = elapsed();
      out.progress(`  ${name}   ${bar(sent, file.sizeBytes, elapsed())}`);
    }
    if (out.isLive || elapsed() - toldAt < TELL_EVERY_MS) return;
    toldAt = elapsed();
    out.line(`  ${name}   sent ${bytes(sent)} of ${bytes(file.sizeBytes)}`);
  };
  const body = await session.ask(options.schema, {
    service: 'import-service',
    method: 'POST',
    path: ['imports'],
    query: Object.fromEntries(Object.entries(options.query).filter(([, value]) => value)),
    headers: { 'content-type': 'application/zip' },
    upload: () => ({ stream: bytesOf(file), sizeBytes: file.sizeBytes }),
    onSent,
    onAnswer: (headers) => (steps = stepWords(String(headers['server-timing'] ?? ''))),
    thing: file.given,
    deadline: options.deadline,
    // The same bytes again change nothing.
    repeatable: true,
  });
  out.line(`  ${name}   ${bytes(file.sizeBytes)} in ${span(elapsed())}`);
  return { body, steps };
}
