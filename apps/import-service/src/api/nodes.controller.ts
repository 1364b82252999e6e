import {
  holdRequestSchema,
  nodeIdSchema,
  nodePauseSchema,
  nodeRetiredSchema,
  type HoldRequest,
  type NodePause,
  type NodeRetired,
} from '@muster/contracts';
import { Body, Controller, Delete, HttpCode, Param, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { RecoveryRecorder } from '../record/recovery-recorder.js';
import { NodeDesk } from '../recovery/node-desk.js';
import { askerOf } from './asker-of.js';
import * as examples from './hold-examples.js';
import { answers, openApi } from './open-api.js';

@ApiTags('nodes')
@Controller('nodes/:node')
export class NodesController {
  constructor(
    private readonly desk: NodeDesk,
    private readonly recorder: RecoveryRecorder,
  ) {}

  @Put('pause')
  @ApiOperation({
    summary: 'Hold a node in maintenance',
    description:
      'It goes on looking and proving, and changes nothing: no event, timer, order or replay is carried out there until it is resumed. Imports through this node are refused. Paused again, it keeps the time since when.',
  })
  @ApiBody({ schema: openApi(holdRequestSchema), examples: { maintenance: { value: { reason: 'new memory' } } } })
  @ApiOkResponse(answers('who paused it, since when and why', nodePauseSchema))
  @ApiResponse(examples.HOLD_BAD)
  @ApiResponse(examples.NODE_NOT_FOUND)
  @ApiResponse(examples.PAUSE_REFUSED)
  @ApiResponse(examples.NOT_NOW)
  pause(
    @Param('node', { schema: nodeIdSchema }) node: string,
    @Body({ schema: holdRequestSchema }) { reason }: HoldRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<NodePause> {
    const asker = askerOf(request, response);
    const act = { action: 'pause-node' as const, asker, subject: node, detail: { asked: reason } };
    return this.recorder.record(act, () => this.desk.pause(node, reason, asker.actor));
  }

  @Delete('pause')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Resume a node',
    description: 'It brings itself to head at once. 200 where it was not paused, too.',
  })
  @ApiOkResponse(answers('the node, without a pause', nodePauseSchema))
  @ApiResponse(examples.NODE_NOT_FOUND)
  @ApiResponse(examples.NOT_NOW)
  resume(
    @Param('node', { schema: nodeIdSchema }) node: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<NodePause> {
    const act = { action: 'resume-node' as const, asker: askerOf(request, response), subject: node };
    return this.recorder.record(act, () => this.desk.resume(node));
  }

  @Delete()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Stop expecting a node',
    description:
      'For a server that is gone for good: convergence no longer counts it. If its agent starts again it is expected again.',
  })
  @ApiOkResponse(answers('since when it is retired', nodeRetiredSchema))
  @ApiResponse(examples.NODE_NOT_FOUND)
  @ApiResponse(examples.RETIRE_REFUSED)
  @ApiResponse(examples.NOT_NOW)
  retire(
    @Param('node', { schema: nodeIdSchema }) node: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<NodeRetired> {
    const act = { action: 'retire-node' as const, asker: askerOf(request, response), subject: node };
    return this.recorder.record(act, () => this.desk.retire(node));
  }
}
