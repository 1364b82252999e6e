import { eventLogConfig } from '@muster/event-log';
import { baseConfigSchema, databaseUrl, duration, httpUrl } from '@muster/service-kit';
import type { z } from 'zod';

/** What the status service takes from its environment. */
export const statusConfigSchema = baseConfigSchema.extend({
  DATABASE_URL: databaseUrl(),
  /** A proof counts while it is younger than two of these. */
  MUSTER_DRIFT_PERIOD: duration().default(30_000),
  MUSTER_OFFLINE_AFTER: duration().default(15_000),
  MUSTER_POLL_INTERVAL: duration().default(5_000),
  /** Where the import-service is reached: everything that is its own is passed on there. */
  MUSTER_IMPORT_URL: httpUrl().default('http://127.0.0.1:8080'),
  ...eventLogConfig,
});
export type StatusConfig = z.output<typeof statusConfigSchema>;
