import {
  importPlanSchema,
  importResultSchema,
  rollbackRequestSchema,
  type ImportPlan,
  type ImportResult,
  type RollbackRequest,
} from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';
import { Body, Controller, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Attempt } from '../change/attempt.js';
import { Rollback } from '../change/rollback.js';
import { ChangeRecorder } from '../record/change-recorder.js';
import { ImportSlots } from '../upload/import-slots.js';
import { askerOf } from './asker-of.js';
import { answers, openApi } from './open-api.js';
import * as refusals from './refusal-examples.js';
import * as examples from './rollback-examples.js';

const rollbackQuerySchema = z.strictObject({ dryRun: z.stringbool().default(false) });
const rollbackBodySchema = rollbackRequestSchema.default({});

@ApiTags('extensions')
@Controller('extensions/:name/rollback')
export class RollbackController {
  constructor(
    private readonly rollback: Rollback,
    private readonly slots: ImportSlots,
    private readonly recorder: ChangeRecorder,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Bring an earlier package of an extension back, on every node',
    description:
      'By version, by sha256, or, without either, the package that was current before this one: asked twice, it goes back and forth. After a removal it installs again. A new revision, under the rules of an import.',
  })
  @ApiBody({
    required: false,
    schema: openApi(rollbackRequestSchema),
    examples: { before: { value: {} }, version: { value: { version: '1.0.36' } } },
  })
  @ApiQuery({ name: 'dryRun', required: false, schema: { type: 'boolean', default: false } })
  @ApiCreatedResponse(answers('the revision that brought it back', importResultSchema))
  @ApiOkResponse({
    description: 'it is current already (`changes` is empty), or the plan of a dry run',
    schema: { oneOf: [openApi(importResultSchema), openApi(importPlanSchema)] },
  })
  @ApiResponse(refusals.NOT_FOUND)
  @ApiResponse(examples.ROLLBACK_REFUSED)
  @ApiResponse(examples.PURGED)
  @ApiResponse(examples.NOT_JSON)
  @ApiResponse(examples.VERSION_UNKNOWN)
  @ApiResponse(refusals.REFUSED_BUSY)
  @ApiResponse(refusals.REFUSED_NOT_NOW)
  @ApiResponse(refusals.REFUSED_DISK_FULL)
  async rollBack(
    @Param('name') name: string,
    @Query({ schema: rollbackQuerySchema }) { dryRun }: z.output<typeof rollbackQuerySchema>,
    @Body({ schema: rollbackBodySchema }) wish: RollbackRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ImportResult | ImportPlan> {
    refuseUnreadBody(request);
    const attempt = new Attempt('rollback', askerOf(request, response));
    if (dryRun) {
      response.status(200);
      return this.slots.run(() => this.recorder.explain(attempt, () => this.rollback.dryRun(name, wish, attempt)));
    }
    const result = await this.recorder.record(attempt, () =>
      this.slots.run(() => this.rollback.rollBack(name, wish, attempt)),
    );
    response.status(result.changes.length === 0 ? 200 : 201).setHeader('Server-Timing', attempt.clock.toServerTiming());
    return result;
  }
}

/** What was sent in another form was not read: to go back to the version before would not be what it asks for. */
function refuseUnreadBody({ headers, body }: Request): void {
  const sent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!sent || body !== undefined) return;
  const type = headers['content-type'] ?? '';
  throw new HttpProblem(
    415,
    'media-type-unsupported',
    `what to roll back to does not come as ${JSON.stringify(type)}`,
    { actual: type, remedy: 'Send JSON with the header content-type: application/json, or no body at all.' },
  );
}
