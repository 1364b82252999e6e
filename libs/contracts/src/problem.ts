import { z } from 'zod';
import { blockerSchema } from './blocker.js';
import { packageReportSchema } from './package-report.js';
import { nodeReadinessSchema } from './proposal-api.js';

/** The body of every refusal: `application/problem+json` (RFC 9457) with a stable code. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  /** Stable, kebab-case: what tests, scripts and the page use. */
  code: z.string(),
  detail: z.string(),
  instance: z.string().optional(),
  limit: z.union([z.number(), z.string()]).optional(),
  actual: z.union([z.number(), z.string()]).optional(),
  remedy: z.string().optional(),
  /** Which step failed and what was undone, where something had been done. */
  step: z.string().optional(),
  undone: z.array(z.string()).optional(),
  /** Of a refused import: what would have become of each package, with every reason. */
  packages: z.array(packageReportSchema).optional(),
  /** Of a refused removal: who needs the extension, those that would have to go first at the front. */
  blockers: z.array(blockerSchema).optional(),
  /** Of a proposal that came to nothing: how far each node was. */
  nodes: z.array(nodeReadinessSchema).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export interface MusterErrorOptions {
  readonly limit?: number | string;
  readonly actual?: number | string;
  readonly remedy?: string;
  readonly cause?: unknown;
}

/**
 * The base of every expected failure: a stable code, a sentence for people that names the thing, and where they apply the
 * limit, what was met and what to do. HTTP statuses are decided where HTTP is spoken.
 */
export class MusterError extends Error {
  readonly code: string;
  readonly limit?: number | string;
  readonly actual?: number | string;
  readonly remedy?: string;

  constructor(code: string, detail: string, options: MusterErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    if (options.limit !== undefined) this.limit = options.limit;
    if (options.actual !== undefined) this.actual = options.actual;
    if (options.remedy !== undefined) this.remedy = options.remedy;
  }
}
