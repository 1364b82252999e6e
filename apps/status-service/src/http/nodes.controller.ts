import { OutboxWatch } from '@muster/catalog';
import { nodeDetailSchema, nodeListSchema, type NodeDetail, type NodeList } from '@muster/contracts';
import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiNotFoundResponse, ApiOkResponse, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import { Board } from '../board/board.js';
import { jsonSchema } from './json-schema.js';
import { nodeDetail, nodeStatus } from './node-status.js';

@ApiTags('nodes')
@Controller('nodes')
export class NodesController {
  constructor(
    private readonly board: Board,
    private readonly watch: OutboxWatch,
  ) {}

  /** Every node that has enrolled, the silent and the retired ones too, and strangers that report; while the database is away, as known last. */
  @Get()
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'sorted by id', schema: jsonSchema(nodeListSchema) })
  @ApiServiceUnavailableResponse({ description: 'database-away, before anything was known' })
  async list(): Promise<NodeList> {
    const { assessment, nowMs, away } = await this.board.see();
    const facts = { ...assessment.facts, nowMs };
    const nodes = assessment.views.map((view) => nodeStatus(view, facts));
    return { revision: facts.head.revision, nodes, eventLog: this.watch.status, fresh: away === undefined };
  }

  /** One node with its latest report. */
  @Get(':id')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'the node and its report', schema: jsonSchema(nodeDetailSchema) })
  @ApiNotFoundResponse({ description: 'node-unknown' })
  @ApiServiceUnavailableResponse({ description: 'database-away, before anything was known' })
  async detail(@Param('id') id: string): Promise<NodeDetail> {
    const { assessment, nowMs } = await this.board.see();
    return nodeDetail(assessment.view(id), { ...assessment.facts, nowMs });
  }
}
