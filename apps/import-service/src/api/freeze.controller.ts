import { Catalog } from '@muster/catalog';
import { freezeSchema, holdRequestSchema, type Freeze, type HoldRequest } from '@muster/contracts';
import { Body, Controller, Delete, Get, HttpCode, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { RecoveryRecorder } from '../record/recovery-recorder.js';
import { askerOf } from './asker-of.js';
import * as examples from './hold-examples.js';
import { answers, openApi } from './open-api.js';

@ApiTags('freeze')
@Controller('freeze')
export class FreezeController {
  constructor(
    private readonly catalog: Catalog,
    private readonly recorder: RecoveryRecorder,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Whether the catalog takes changes' })
  @ApiOkResponse(answers('`frozen` is absent while it does', freezeSchema))
  async get(): Promise<Freeze> {
    const frozen = await this.catalog.freeze.current();
    return frozen === undefined ? {} : { frozen };
  }

  @Put()
  @ApiOperation({
    summary: 'Take no more changes',
    description:
      'No import, removal or roll back is taken until it ends, on any origin; the refusal repeats the reason. It waits for a commit that is under way: none comes after its answer. Nodes go on to what is committed. Frozen again, it keeps the time since when.',
  })
  @ApiBody({ schema: openApi(holdRequestSchema), examples: { month: { value: { reason: 'closing of the month' } } } })
  @ApiOkResponse(answers('who froze it, since when and why', freezeSchema))
  @ApiResponse(examples.HOLD_BAD)
  @ApiResponse(examples.NOT_NOW)
  async freeze(
    @Body({ schema: holdRequestSchema }) { reason }: HoldRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Freeze> {
    const asker = askerOf(request, response);
    const act = { action: 'freeze' as const, asker, detail: { asked: reason } };
    const frozen = await this.recorder.record(act, () => this.catalog.freeze.freeze({ reason, actor: asker.actor }));
    return { frozen };
  }

  @Delete()
  @HttpCode(200)
  @ApiOperation({ summary: 'Take changes again', description: '200 where it was not frozen, too.' })
  @ApiOkResponse(answers('nothing holds', freezeSchema))
  @ApiResponse(examples.NOT_NOW)
  async unfreeze(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<Freeze> {
    const act = { action: 'unfreeze' as const, asker: askerOf(request, response) };
    await this.recorder.record(act, () => this.catalog.freeze.unfreeze());
    return {};
  }
}
