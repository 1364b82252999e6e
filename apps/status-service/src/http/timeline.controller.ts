import { revisionPassageSchema, timelineSchema, type RevisionPassage, type Timeline } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';
import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiQuery,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { z } from 'zod';
import { TimelineDesk } from '../timeline/timeline-desk.js';
import { revisionQuerySchema } from './convergence-query.js';
import { jsonSchema } from './json-schema.js';
import { pageSize } from './page-query.js';

const MOST = 100;
const timelineQuerySchema = z.object({ before: revisionQuerySchema.optional(), limit: pageSize(20, MOST) });
type TimelineQuery = z.output<typeof timelineQuerySchema>;

@ApiTags('timeline')
@Controller('timeline')
export class TimelineController {
  constructor(private readonly desk: TimelineDesk) {}

  /** Revisions, newest first, and how each came to each node, stage by stage. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiQuery({ name: 'before', required: false, schema: { type: 'integer', minimum: 0 } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: MOST } })
  @ApiOkResponse({ description: '`next`, where there is more', schema: jsonSchema(timelineSchema) })
  @ApiBadRequestResponse({ description: 'invalid-request' })
  @ApiServiceUnavailableResponse({ description: 'database-away' })
  page(@Query({ schema: timelineQuerySchema }) { before, limit }: TimelineQuery): Promise<Timeline> {
    return this.desk.page(before, limit);
  }

  /** One revision, and how it came to each node. */
  @Get(':revision')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'the revision', schema: jsonSchema(revisionPassageSchema) })
  @ApiBadRequestResponse({ description: 'invalid-request' })
  @ApiNotFoundResponse({ description: 'revision-unknown' })
  @ApiServiceUnavailableResponse({ description: 'database-away' })
  one(@Param('revision') text: string): Promise<RevisionPassage> {
    const parsed = revisionQuerySchema.safeParse(text);
    if (parsed.success) return this.desk.one(parsed.data);
    throw new HttpProblem(400, 'invalid-request', 'revision: a revision number', { actual: text.slice(0, 63) });
  }
}
