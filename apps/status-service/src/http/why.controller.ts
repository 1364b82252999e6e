import { extensionNameSchema, nodeIdSchema, whySchema, type Why } from '@muster/contracts';
import { Controller, Get, Header, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiQuery,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { z } from 'zod';
import { WhyDesk } from '../why/why-desk.js';
import { revisionQuerySchema } from './convergence-query.js';
import { jsonSchema } from './json-schema.js';

const whyQuerySchema = z.object({
  node: nodeIdSchema.optional(),
  extension: extensionNameSchema.optional(),
  revision: revisionQuerySchema.optional(),
});
type WhyQuery = z.output<typeof whyQuerySchema>;

@ApiTags('why')
@Controller('why')
export class WhyController {
  constructor(private readonly desk: WhyDesk) {}

  /**
   * Why a node, or an extension on it, is not as the catalog wants it, and what clears it; without `node`, the whole cluster.
   * While the database is away the answer says so, and tells what was known last.
   */
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiQuery({ name: 'node', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'extension', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'revision', required: false, schema: { type: 'integer', minimum: 0 } })
  @ApiOkResponse({ description: 'the chain of causes, the gravest first', schema: jsonSchema(whySchema) })
  @ApiBadRequestResponse({ description: 'invalid-request' })
  @ApiNotFoundResponse({ description: 'node-unknown, extension-unknown, revision-unknown' })
  @ApiServiceUnavailableResponse({ description: 'database-away, before anything was known' })
  why(@Query({ schema: whyQuerySchema }) { node, extension, revision }: WhyQuery): Promise<Why> {
    return this.desk.why({
      ...(node !== undefined && { node }),
      ...(extension !== undefined && { extension }),
      ...(revision !== undefined && { revision }),
    });
  }
}
