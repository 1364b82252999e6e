import path from 'node:path';
import type { z } from 'zod';
import type { Deadline } from '../deadline.js';
import type { Question } from '../http/question.js';
import type { Session } from '../session.js';
import { bytesOf, type PackageFile } from './package-file.js';
import { formOf, type UploadBody } from './form-body.js';
import { stepWords } from './step-words.js';
import { UploadProgress } from './upload-progress.js';

/** What goes in one request. */
export type Upload = readonly [PackageFile, ...PackageFile[]];

/** One request for each file, or one for all. */
export function uploadsOf(files: readonly PackageFile[], together: boolean): Upload[] {
  const [first, ...others] = files;
  if (together && first !== undefined) return [[first, ...others]];
  return files.map((file) => [file]);
}

/** As a JSON document tells what was sent. */
export function namesOf([first, ...others]: Upload): { file: string } | { files: string[] } {
  return others.length === 0 ? { file: first.given } : { files: [first, ...others].map(({ given }) => given) };
}

export interface UploadOptions<T> {
  readonly schema: z.ZodType<T>;
  /** Made anew for each attempt. */
  readonly query: () => Readonly<Record<string, string | boolean | undefined>>;
  readonly deadline: Deadline;
  /** Tells how far it is; by default one of its own. */
  readonly progress?: UploadProgress;
}

export interface Uploaded<T> {
  readonly body: T;
  /** What the origin did with it, in words; empty where it does not say. */
  readonly steps: string;
}

/** Sends a zip from the disk, or several in one request, telling how far it is, and reads the answer. */
export async function upload<T>(session: Session, files: Upload, options: UploadOptions<T>): Promise<Uploaded<T>> {
  const { contentType, sizeBytes, open } = bodyOf(files);
  const { progress = progressOf(session, files) } = options;
  let steps = '';
  const question = (): Question => ({
    service: 'import-service',
    method: 'POST',
    path: ['imports'],
    query: Object.fromEntries(
      Object.entries(options.query()).filter(([, value]) => value !== undefined && value !== false),
    ),
    headers: { 'content-type': contentType },
    upload: () => ({ stream: open(), sizeBytes }),
    onSent: (sent) => progress.sent(sent),
    onAnswer: (headers) => (steps = stepWords(String(headers['server-timing'] ?? ''))),
    thing: thingOf(files),
    deadline: options.deadline,
    // The same bytes again change nothing.
    repeatable: true,
  });
  try {
    const body = await session.ask(options.schema, { ...question(), again: question });
    progress.taken();
    return { body, steps };
  } finally {
    progress.end();
  }
}

/** `work`: what the origin does once all is sent. */
export function progressOf({ out }: Session, files: Upload, work?: string): UploadProgress {
  return new UploadProgress(out, nameOf(files), bodyOf(files).sizeBytes, work);
}

/** One file is the body itself; several are a form. */
function bodyOf(files: Upload): UploadBody {
  const [first, ...others] = files;
  if (others.length > 0) return formOf(files);
  return { contentType: 'application/zip', sizeBytes: first.sizeBytes, open: () => bytesOf(first) };
}

function nameOf([first, ...others]: Upload): string {
  const name = path.basename(first.given);
  return others.length === 0 ? name : `${name} and ${others.length} more`;
}

/** What a refusal calls them. */
export function thingOf([first, ...others]: Upload): string {
  return others.length === 0 ? first.given : `${first.given} and ${others.length} more`;
}
