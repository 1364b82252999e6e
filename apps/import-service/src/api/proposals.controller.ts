import { proposalListSchema, proposalViewSchema, type ProposalList, type ProposalView } from '@muster/contracts';
import { Controller, Delete, Get, HttpCode, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { ProposalDesk } from '../change/together/proposal-desk.js';
import { RecoveryRecorder } from '../record/recovery-recorder.js';
import { askerOf } from './asker-of.js';
import { answers } from './open-api.js';
import * as examples from './proposal-examples.js';
import { wholeNumber } from './whole-number.js';

const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;

const listQuerySchema = z.strictObject({
  state: z.enum(['open']).optional(),
  limit: wholeNumber(1, MAX_LIMIT).default(DEFAULT_LIMIT),
});

/** Imports that are activated on all nodes together, until they are: `POST /imports?activate=together` makes them. */
@ApiTags('imports')
@Controller('proposals')
export class ProposalsController {
  constructor(
    private readonly desk: ProposalDesk,
    private readonly recorder: RecoveryRecorder,
  ) {}

  @Get()
  @ApiOperation({ summary: 'The latest proposals, the newest first, with how far each node is' })
  @ApiQuery({ name: 'state', required: false, schema: { type: 'string', enum: ['open'] } })
  @ApiQuery({ name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT } })
  @ApiOkResponse(answers('open or over; with `state=open` those that nodes get ready for now', proposalListSchema))
  list(@Query({ schema: listQuerySchema }) terms: z.output<typeof listQuerySchema>): Promise<ProposalList> {
    return this.desk.list(terms);
  }

  @Get(':id')
  @ApiOperation({ summary: 'One proposal, and how far each node is with it' })
  @ApiOkResponse(answers('of one that is over: how far each node was then', proposalViewSchema))
  @ApiResponse(examples.PROPOSAL_NOT_FOUND)
  find(@Param('id') id: string): Promise<ProposalView> {
    return this.desk.find(id);
  }

  @Delete(':id')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Call a proposal off',
    description:
      'Nothing is changed anywhere; every node removes what it has staged, and the import is refused with `proposal-void`.',
  })
  @ApiOkResponse(answers('it is void', proposalViewSchema))
  @ApiResponse(examples.PROPOSAL_NOT_FOUND)
  @ApiResponse(examples.PROPOSAL_SETTLED)
  @ApiResponse(examples.NOT_NOW)
  callOff(
    @Param('id') id: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ProposalView> {
    const asker = askerOf(request, response);
    const act = { action: 'call-off' as const, asker, subject: id.slice(0, 64) };
    return this.recorder.record(act, () => this.desk.callOff(id, asker.actor));
  }
}
