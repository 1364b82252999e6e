import { Catalog, DEFAULT_MAX_DEPLOYING } from '@muster/catalog';
import {
  extensionNameSchema,
  maxDeployingRequestSchema,
  maxDeployingSchema,
  proceedSchema,
  type MaxDeploying,
  type MaxDeployingRequest,
  type Proceed,
} from '@muster/contracts';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { RecoveryRecorder } from '../record/recovery-recorder.js';
import { extensionNotIn } from '../recovery/recovery-problems.js';
import { askerOf } from './asker-of.js';
import * as examples from './hold-examples.js';
import { answers, openApi } from './open-api.js';

/** Deploy hooks in turn: how many nodes at once, and going on where one has failed. */
@ApiTags('turns')
@Controller()
export class TurnsController {
  constructor(
    private readonly catalog: Catalog,
    private readonly recorder: RecoveryRecorder,
  ) {}

  @Get('settings/max-deploying')
  @ApiOperation({ summary: 'How many nodes may run deploy hooks at the same time' })
  @ApiOkResponse(answers('`set` is absent while it has its default', maxDeployingSchema))
  async maxDeploying(): Promise<MaxDeploying> {
    const set = await this.catalog.turns.maxDeployingSet();
    if (set === undefined) return { maxDeploying: DEFAULT_MAX_DEPLOYING };
    const { value, at, actor } = set;
    return { maxDeploying: value, set: { at, actor } };
  }

  @Put('settings/max-deploying')
  @ApiOperation({
    summary: 'Set how many nodes may run deploy hooks at the same time',
    description:
      'One number for the whole cluster, at once: hooks that run end, and no other begins above it. Nodes without a hook wait for nobody.',
  })
  @ApiBody({ schema: openApi(maxDeployingRequestSchema), examples: { two: { value: { maxDeploying: 2 } } } })
  @ApiOkResponse(answers('who set it and when', maxDeployingSchema))
  @ApiResponse(examples.MAX_DEPLOYING_BAD)
  @ApiResponse(examples.NOT_NOW)
  set(
    @Body({ schema: maxDeployingRequestSchema }) { maxDeploying }: MaxDeployingRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<MaxDeploying> {
    return this.change(maxDeploying, request, response);
  }

  @Delete('settings/max-deploying')
  @HttpCode(200)
  @ApiOperation({ summary: `Let it have its default again: ${DEFAULT_MAX_DEPLOYING}` })
  @ApiOkResponse(answers('the default', maxDeployingSchema))
  @ApiResponse(examples.NOT_NOW)
  reset(@Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<MaxDeploying> {
    return this.change(undefined, request, response);
  }

  @Post('extensions/:name/proceed')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Let the nodes go on that wait because the hook of an extension has failed on another node',
    description:
      'The failures that are known now keep nobody from this extension any more, though they stay on their nodes; they go on in turn. Where it fails on another node, the rest waits again.',
  })
  @ApiOkResponse(answers('the nodes whose failures are passed over; none where nobody waited', proceedSchema))
  @ApiResponse(examples.PROCEED_NOT_FOUND)
  @ApiResponse(examples.NOT_NOW)
  async proceed(
    @Param('name', { schema: extensionNameSchema }) extension: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Proceed> {
    const asker = askerOf(request, response);
    const act = { action: 'proceed' as const, asker, subject: extension };
    const nodes = await this.recorder.record(act, async () => {
      const known = await this.catalog.revisions.everNamed([extension]);
      if (known.length === 0) throw extensionNotIn('the history of this catalog', [extension]);
      return this.catalog.turns.waive(extension, asker.actor);
    });
    return { extension, nodes };
  }

  private async change(value: number | undefined, request: Request, response: Response): Promise<MaxDeploying> {
    const asker = askerOf(request, response);
    const detail = { maxDeploying: value ?? 'default' };
    const act = { action: 'max-deploying' as const, asker, detail };
    await this.recorder.record(act, () => this.catalog.turns.setMaxDeploying(value, asker.actor));
    return this.maxDeploying();
  }
}
