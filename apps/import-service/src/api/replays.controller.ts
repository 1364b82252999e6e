import {
  replayListSchema,
  replayPreviewSchema,
  replayRequestSchema,
  replayStartedSchema,
  replayViewSchema,
  type ReplayList,
  type ReplayPreview,
  type ReplayRequest,
  type ReplayStarted,
  type ReplayView,
} from '@muster/contracts';
import { Body, Controller, Get, Param, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { RecoveryRecorder, type RecoveryAct } from '../record/recovery-recorder.js';
import { Replays } from '../recovery/replays.js';
import { askerOf } from './asker-of.js';
import { answers, openApi } from './open-api.js';
import { PlanChangedFilter } from './plan-changed.filter.js';
import * as examples from './recovery-examples.js';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;

const listQuerySchema = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, `a whole number from 1 to ${MAX_LIMIT}`)
    .transform(Number)
    .refine((value) => value >= 1 && value <= MAX_LIMIT, `a whole number from 1 to ${MAX_LIMIT}`)
    .default(DEFAULT_LIMIT),
});

@ApiTags('recovery')
@Controller('replays')
@UseFilters(PlanChangedFilter)
export class ReplaysController {
  constructor(
    private readonly replays: Replays,
    private readonly recorder: RecoveryRecorder,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Publish the events of a range again, for recovery',
    description:
      'Each node hashes what the events name and makes it as the catalog wants it at head. With `preview` the nodes say what they would do, and nothing is done; with the `planDigest` of that answer exactly that is done, or nothing.',
  })
  @ApiBody({ schema: openApi(replayRequestSchema) })
  @ApiOkResponse(answers('the plan of a preview', replayPreviewSchema))
  @ApiAcceptedResponse(answers('the replay was begun: GET /replays/{id} tells how it goes', replayStartedSchema))
  @ApiResponse(examples.REPLAY_NOT_FOUND)
  @ApiResponse(examples.REPLAY_REFUSED)
  @ApiResponse(examples.REPLAY_BUSY)
  @ApiResponse(examples.NOT_NOW)
  async replay(
    @Body({ schema: replayRequestSchema }) body: ReplayRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ReplayPreview | ReplayStarted> {
    const asker = askerOf(request, response);
    const { preview, ...asked } = body;
    const act: RecoveryAct = { action: preview ? 'replay-preview' : 'replay', asker, detail: asked };
    return this.recorder.record(act, async () => {
      if (preview) {
        response.status(200);
        return this.replays.preview(body, asker.actor, asker.signal);
      }
      const started = await this.replays.start(body, asker.actor, asker.signal);
      act.subject = started.id;
      response.status(202).location(`/replays/${started.id}`);
      return started;
    });
  }

  @Get()
  @ApiOperation({ summary: 'The latest replays, the newest first' })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT } })
  @ApiOkResponse(answers('without the single nodes', replayListSchema))
  list(@Query({ schema: listQuerySchema }) { limit }: z.output<typeof listQuerySchema>): Promise<ReplayList> {
    return this.replays.latest(limit);
  }

  @Get(':id')
  @ApiOperation({ summary: 'How a replay goes, node by node, to its end' })
  @ApiOkResponse(answers('the replay', replayViewSchema))
  @ApiResponse(examples.REPLAY_NOT_FOUND)
  find(@Param('id') id: string): Promise<ReplayView> {
    return this.replays.find(id);
  }
}
