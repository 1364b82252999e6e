#!/usr/bin/env node
import { readPackageLimits } from '@muster/extension-package';
import { runService } from '@muster/service-kit';
import { importConfigSchema } from './config.js';
import { ImportServiceModule } from './import-service.module.js';

await runService({
  name: 'import-service',
  description: 'Import extension packages, remove them, and read what the catalog holds.',
  schema: importConfigSchema,
  module: (config, kit) => ImportServiceModule.open(config, readPackageLimits(process.env), kit),
});
