import { nodeIdSchema } from '@muster/contracts';
import { eventLogConfig } from '@muster/event-log';
import { absolutePath, baseConfigSchema, bytes, databaseUrl, duration, yesNo } from '@muster/service-kit';
import { z } from 'zod';

/** What an agent takes from its environment. Durations in ms. */
export const agentConfigSchema = baseConfigSchema.extend({
  DATABASE_URL: databaseUrl(),
  ...eventLogConfig,
  MUSTER_NODE: nodeIdSchema,
  /** Where others reach this agent; absent: where it listens, by the machine's name if that is every interface. */
  MUSTER_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'an http(s) URL' }).optional(),
  MUSTER_STORAGE: absolutePath(),
  /** A command line for `/bin/sh -c`, or an http(s) URL; none: nothing needs to be told. */
  MUSTER_DEPLOY_HOOK: z.string().optional(),
  MUSTER_HOOK_TIMEOUT: duration().default(60_000),
  MUSTER_LOCK_TIMEOUT: duration().default(60_000),
  MUSTER_DRIFT_PERIOD: duration().default(30_000),
  MUSTER_HEARTBEAT: duration().default(5_000),
  /** The lease on the node's id lasts as long as silence is tolerated. */
  MUSTER_OFFLINE_AFTER: duration().default(15_000),
  MUSTER_POLL_INTERVAL: duration().default(5_000),
  MUSTER_RETRY_FIRST: duration().default(1_000),
  MUSTER_RETRY_MAX: duration().default(300_000),
  MUSTER_FOREIGN: z.enum(['keep', 'prune']).default('keep'),
  MUSTER_PACKAGE_CACHE_BYTES: bytes().default(1024 ** 3),
  /** A node that was absent for more changes than this takes a snapshot; absent: 1,000, or as many as there are extensions. */
  MUSTER_REJOIN_CHANGES: z.coerce.number().int().min(0).optional(),
  MUSTER_RETIRE_ON_STOP: yesNo().default(false),
});
export type AgentConfig = z.output<typeof agentConfigSchema>;
