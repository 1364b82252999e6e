import { problemSchema } from '@muster/contracts';
import type { ApiResponseOptions } from '@nestjs/swagger';
import { z } from 'zod';

type SchemaObject = NonNullable<Extract<ApiResponseOptions, { schema: unknown }>['schema']>;

/** A contract's schema as OpenAPI has it. */
export function openApi(schema: z.ZodType): SchemaObject {
  return z.toJSONSchema(schema, { target: 'openapi-3.0', unrepresentable: 'any', io: 'output' }) as SchemaObject;
}

export function answers(description: string, schema: z.ZodType): ApiResponseOptions {
  return { description, schema: openApi(schema) };
}

export interface RefusalExample {
  readonly code: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly step?: string;
  readonly undone?: readonly string[];
  readonly limit?: number | string;
  readonly actual?: number | string;
  /** Of `has-dependants`. */
  readonly blockers?: unknown;
  /** Of `not-all-ready`. */
  readonly nodes?: unknown;
  /** Of `plan-changed`. */
  readonly plan?: unknown;
}

/** A refusal of `application/problem+json`, with an example for each code that is worth one. */
export function refusal(
  status: number,
  title: string,
  examples: readonly RefusalExample[],
  instance = '/imports',
): ApiResponseOptions {
  const named = examples.map((example) => {
    const value = { type: 'about:blank', title, status, ...example, instance };
    return [example.code, { summary: example.code, value }] as const;
  });
  return {
    status,
    description: examples.map(({ code }) => `\`${code}\``).join(', '),
    content: { 'application/problem+json': { schema: openApi(problemSchema), examples: Object.fromEntries(named) } },
  };
}
