import { OutboxWatch } from '@muster/catalog';
import { convergenceSchema, type Convergence } from '@muster/contracts';
import { HttpProblem } from '@muster/service-kit';
import { Controller, Get, Header, Query, Res } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiQuery,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { Waits } from '../board/waits.js';
import { checkWait, convergenceQuerySchema, questionOf, type ConvergenceQuery } from './convergence-query.js';
import { jsonSchema } from './json-schema.js';

@ApiTags('convergence')
@Controller('convergence')
export class ConvergenceController {
  constructor(
    private readonly waits: Waits,
    private readonly watch: OutboxWatch,
  ) {}

  /**
   * Whether every expected node proves a revision's own changes and their dependencies, or, without `revision`, the whole
   * cluster the head. `nodes` asks of these only; with `quorum` so many of them are enough. With `wait` it answers as soon as that is true or has finally failed.
   */
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiQuery({ name: 'revision', required: false, schema: { type: 'integer', minimum: 0 } })
  @ApiQuery({ name: 'nodes', required: false, schema: { type: 'string', example: 'node-1,node-2' } })
  @ApiQuery({ name: 'quorum', required: false, schema: { type: 'string', example: 'majority' } })
  @ApiQuery({ name: 'wait', required: false, schema: { type: 'string', example: '30s' }, description: 'at most 10m' })
  @ApiOkResponse({ description: 'where it stands, node by node', schema: jsonSchema(convergenceSchema) })
  @ApiBadRequestResponse({ description: 'invalid-request, wait-too-long, quorum-too-large' })
  @ApiNotFoundResponse({ description: 'revision-unknown, node-unknown' })
  @ApiServiceUnavailableResponse({ description: 'database-away, stopping' })
  async convergence(
    @Query({ schema: convergenceQuerySchema }) query: ConvergenceQuery,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Convergence> {
    const waitMs = checkWait(query.wait ?? 0);
    const answer = await this.waits.convergence(questionOf(query), waitMs, goneSignal(response));
    return { ...answer, eventLog: this.watch.status };
  }
}

/** Aborted when the client has gone before its answer. */
function goneSignal(response: Response): AbortSignal {
  const aborter = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) aborter.abort(new HttpProblem(499, 'client-gone', 'the client did not wait'));
  });
  return aborter.signal;
}
