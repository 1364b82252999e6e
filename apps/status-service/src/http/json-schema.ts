import type { ApiResponseSchemaHost } from '@nestjs/swagger';
import { z } from 'zod';

/** A contract as the API's description shows it. */
export function jsonSchema(schema: z.ZodType): ApiResponseSchemaHost['schema'] {
  return z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'output',
    unrepresentable: 'any',
  }) as ApiResponseSchemaHost['schema'];
}
