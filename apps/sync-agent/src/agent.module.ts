import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AgentView } from './api/agent-view.js';
import { NodeController } from './api/node.controller.js';

/** The REST interface of an agent. */
@Module({})
export class AgentModule {
  static with(view: AgentView): DynamicModule {
    return {
      module: AgentModule,
      controllers: [NodeController],
      providers: [{ provide: AgentView, useValue: view }],
    };
  }
}
