import { nodeIdSchema } from '@muster/contracts';
import { z } from 'zod';
import { duration, integer, list, port, yesNo } from './schemas.js';

/** What every service takes from its environment. A service extends it: `baseConfigSchema.extend({ … })`. */
export const baseConfigSchema = z.object({
  MUSTER_CLUSTER: nodeIdSchema.default('local'),
  MUSTER_HOST: z.string().min(1).default('127.0.0.1'),
  MUSTER_PORT: port(),
  MUSTER_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** `yes`: something in front guards this service, so it may bind to another address than loopback. */
  MUSTER_INSECURE_BIND: yesNo().default(false),
  /** Names under which others reach this service: `muster.example.com,10.0.0.5:8080`. */
  MUSTER_ALLOWED_HOSTS: list().default([]),
  /** How long requests and closers may take to end after a signal. */
  MUSTER_SHUTDOWN_TIMEOUT: duration().default(20_000),
  /** An upload that sends less than its minimum within this time is ended. */
  MUSTER_BODY_TIMEOUT: duration().default(30_000),
  MUSTER_MAX_CONNECTIONS: integer(1, 100_000).default(2_000),
});
export type BaseConfig = z.output<typeof baseConfigSchema>;
