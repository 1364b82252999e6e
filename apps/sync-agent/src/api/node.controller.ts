import { nodeEntitiesSchema, nodeExtensionsSchema, nodeViewSchema } from '@muster/contracts';
import type { NodeEntities, NodeExtensions, NodeView } from '@muster/contracts';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AgentView } from './agent-view.js';

@ApiTags('node')
@Controller()
export class NodeController {
  constructor(private readonly view: AgentView) {}

  /** Revision, queue, current step, what is parked and why, and who holds the storage's lock. */
  @Get('node')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'this node, as it is at this moment', schema: schemaOf(nodeViewSchema) })
  node(): NodeView {
    return this.view.node();
  }

  /** What stands on this node, what is to stand there, and how far it is. */
  @Get('extensions')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'the extensions of this node', schema: schemaOf(nodeExtensionsSchema) })
  extensions(): NodeExtensions {
    return this.view.extensions();
  }

  /** What this node offers: the entities of what is deployed on it. */
  @Get('entities')
  @Header('Cache-Control', 'no-store')
  @ApiOkResponse({ description: 'the entities of this node', schema: schemaOf(nodeEntitiesSchema) })
  entities(): Promise<NodeEntities> {
    return this.view.entities();
  }
}

function schemaOf(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  });
  return rest;
}
