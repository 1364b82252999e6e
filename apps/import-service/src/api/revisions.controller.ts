import { Catalog } from '@muster/catalog';
import { revisionListSchema, type RevisionList } from '@muster/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { answers } from './open-api.js';
import { wholeNumber } from './whole-number.js';

const MAX_LIMIT = 1_000;
const DEFAULT_LIMIT = 100;

const querySchema = z.strictObject({
  after: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  limit: wholeNumber(1, MAX_LIMIT).default(DEFAULT_LIMIT),
});

@ApiTags('revisions')
@Controller('revisions')
export class RevisionsController {
  constructor(private readonly catalog: Catalog) {}

  @Get()
  @ApiOperation({ summary: 'The history, oldest first' })
  @ApiQuery({ name: 'after', required: false, schema: { type: 'integer', minimum: 0, default: 0 } })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
  })
  @ApiOkResponse(answers('`next` is the `after` of the next page, absent on the last one', revisionListSchema))
  async list(@Query({ schema: querySchema }) { after, limit }: z.output<typeof querySchema>): Promise<RevisionList> {
    const revisions = await this.catalog.revisions.after(after, limit + 1);
    const page = revisions.slice(0, limit);
    const last = page.at(-1);
    return { revisions: page, ...(revisions.length > limit && last && { next: last.revision }) };
  }
}
