import { actionKindSchema, extensionNameSchema, historySchema, nodeIdSchema, type History } from '@muster/contracts';
import { Controller, Get, Header, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiOkResponse,
  ApiQuery,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { z } from 'zod';
import { ActionStore } from '../stores/action.store.js';
import { jsonSchema } from './json-schema.js';
import { pageSize } from './page-query.js';

const MOST = 500;

const historyQuerySchema = z.object({
  node: nodeIdSchema.optional(),
  extension: extensionNameSchema.optional(),
  kind: actionKindSchema.optional(),
  before: z
    .string()
    .regex(/^\d{1,18}$/, 'the `next` of the page before')
    .optional(),
  limit: pageSize(50, MOST),
});
type HistoryQuery = z.output<typeof historyQuerySchema>;

@ApiTags('history')
@Controller('history')
export class HistoryController {
  constructor(private readonly actions: ActionStore) {}

  /** What nodes did to their own storages, newest first: changes that the catalog asked for, and corrections of what had drifted. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiQuery({ name: 'node', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'extension', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'kind', required: false, schema: { type: 'string', enum: actionKindSchema.options } })
  @ApiQuery({ name: 'before', required: false, schema: { type: 'string' } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: MOST } })
  @ApiOkResponse({ description: '`next`, where there is more', schema: jsonSchema(historySchema) })
  @ApiBadRequestResponse({ description: 'invalid-request' })
  @ApiServiceUnavailableResponse({ description: 'database-away' })
  async list(@Query({ schema: historyQuerySchema }) query: HistoryQuery): Promise<History> {
    const { node, extension, kind, before, limit } = query;
    const filter = {
      ...(node !== undefined && { node }),
      ...(extension !== undefined && { extension }),
      ...(kind !== undefined && { kind }),
      ...(before !== undefined && { before }),
    };
    const found = await this.actions.list(filter, limit + 1);
    const actions = found.slice(0, limit);
    const last = actions.at(-1);
    return { actions, ...(found.length > limit && last !== undefined && { next: last.id }) };
  }
}
