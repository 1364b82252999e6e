import { problemSchema, type Problem } from '@muster/contracts';
import type { z } from 'zod';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import type { HttpAnswer } from './exchange.js';

/** Longest answer that is read into memory: 500 nodes with their cells stay far below it. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** The whole text of an answer. */
export async function readText({ body, close }: HttpAnswer): Promise<string> {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_ANSWER_BYTES) {
      close();
      throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The problem that an answer tells, or undefined where it is none of ours. */
export function problemOf(text: string): Problem | undefined {
  const parsed = problemSchema.safeParse(jsonOf(text));
  return parsed.success ? parsed.data : undefined;
}

const MAX_ISSUES = 3;

/** The value as its schema has it. @throws Failure `answer-unreadable`, naming what does not fit */
export function parseAnswer<T>(schema: z.ZodType<T>, text: string, from: string): T {
  const value = jsonOf(text);
  if (value === undefined) throw unreadable(from, 'it is not JSON');
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues
    .slice(0, MAX_ISSUES)
    .map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': '));
  throw unreadable(from, issues.join('; '));
}

export function unreadable(from: string, detail: string): Failure {
  return new Failure(`the answer of ${from}`, 'answer-unreadable', detail, {
    exitCode: EXIT.fault,
    happened: 'cannot be read',
    remedy: 'Is there a Muster of this version at that address? Look at --url and --status-url.',
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
