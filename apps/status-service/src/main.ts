#!/usr/bin/env node
import { runService } from '@muster/service-kit';
import { statusConfigSchema } from './config.js';
import { StatusModule } from './status-module.js';

await runService({
  name: 'status-service',
  description: 'Whether the cluster holds what the catalog says, by what its nodes prove, and why not',
  schema: statusConfigSchema,
  module: (config, kit) => StatusModule.with(config, kit),
});
