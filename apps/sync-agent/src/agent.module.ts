import { InstalledFiles } from '@muster/node-storage';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AgentView } from './api/agent-view.js';
import { NodeController } from './api/node.controller.js';
import { UiFilesController } from './api/ui-files.controller.js';

/** The REST interface of an agent. */
@Module({})
export class AgentModule {
  static with({ view, files }: { readonly view: AgentView; readonly files: InstalledFiles }): DynamicModule {
    return {
      module: AgentModule,
      controllers: [NodeController, UiFilesController],
      providers: [
        { provide: AgentView, useValue: view },
        { provide: InstalledFiles, useValue: files },
      ],
    };
  }
}
