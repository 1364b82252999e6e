import { MAX_CHANGES_PER_REVISION, nodeIdSchema, versionSchema } from '@muster/contracts';
import { eventLogConfig } from '@muster/event-log';
import { absolutePath, baseConfigSchema, bytes, databaseUrl, duration, integer, yesNo } from '@muster/service-kit';
import { z } from 'zod';
import { POLICY_FLAGS, type ImportPolicy, type PolicyFlag } from './rules/import-options.js';
import { appKeys } from './thingworx/access/app-keys.js';

export const DAY_MS = 86_400_000;

/** ThingWorx' import policy. Here all is allowed: Muster sits behind whoever may import, and a switch is for who wants less. */
const policyConfig = {
  MUSTER_IMPORT_ENABLED: yesNo().default(true),
  MUSTER_ALLOW_ENTITIES: yesNo().default(true),
  MUSTER_ALLOW_EXTENSIBLE_ENTITIES: yesNo().default(true),
  MUSTER_ALLOW_JAR_RESOURCES: yesNo().default(true),
  MUSTER_ALLOW_JAVASCRIPT_RESOURCES: yesNo().default(true),
  MUSTER_ALLOW_CSS_RESOURCES: yesNo().default(true),
  MUSTER_ALLOW_JSON_RESOURCES: yesNo().default(true),
  MUSTER_ALLOW_WEB_APP_RESOURCES: yesNo().default(true),
} satisfies Record<PolicyFlag, unknown>;

/** What the import-service takes from its environment. The limits of packages are read beside it, by their own library. */
export const importConfigSchema = baseConfigSchema.extend({
  DATABASE_URL: databaseUrl(),
  /** Owns the schema: migrations run with it at start. Default `DATABASE_URL`. */
  MUSTER_OWNER_DATABASE_URL: databaseUrl().optional(),
  MUSTER_NODE: nodeIdSchema,
  MUSTER_STORAGE: absolutePath(),
  /** A command line for `/bin/sh -c`, or an http(s) URL. */
  MUSTER_DEPLOY_HOOK: z.string().min(1).optional(),
  MUSTER_HOOK_TIMEOUT: duration().default(60_000),
  MUSTER_LOCK_TIMEOUT: duration().default(60_000),
  MUSTER_POLL_INTERVAL: duration().default(5_000),
  MUSTER_PACKAGE_CACHE_BYTES: bytes().default(1024 ** 3),
  /** Imports that may run at once; one more is answered with 429. */
  MUSTER_MAX_IMPORTS: integer(1, 64).default(2),
  /** How long an import asks whether its commit came through, when the connection broke under it. */
  MUSTER_SETTLE_TIMEOUT: duration().default(15_000),
  /** How often zips that nobody can ask for and old history are deleted. */
  MUSTER_COLLECT_PERIOD: duration().default(3_600_000),
  /** How many days it is remembered what nodes did and which agents were refused. Revisions, orders and audit stay. */
  MUSTER_HISTORY_DAYS: integer(1, 36_500).default(90),
  /** How long a replay waits for the nodes to say what they would do. */
  MUSTER_PREVIEW_TIMEOUT: duration().default(30_000),
  /** After this a node that was absent no longer carries out its part of a replay. */
  MUSTER_REPLAY_EXPIRY: duration().default(7 * DAY_MS),
  /** The same of a single order. */
  MUSTER_ORDER_EXPIRY: duration().default(DAY_MS),
  /** Who may use what lies under `/Thingworx`: `key:user,…`. Absent: whoever reaches this service. */
  MUSTER_APP_KEYS: appKeys().optional(),
  /** Most packages in one import, in a bundle or as several files. */
  MUSTER_MAX_PACKAGES: integer(1, MAX_CHANGES_PER_REVISION).default(200),
  /** Most bytes of all zips of one import together, and of all that they unpack to. Default 4 GiB, or what one package may have. */
  MUSTER_MAX_IMPORT_BYTES: bytes().optional(),
  MUSTER_MAJOR_UPGRADES: z.enum(['accept', 'refuse']).default('accept'),
  /** Of the application server; without it `minimumThingWorxVersion` is not checked. */
  MUSTER_PLATFORM_VERSION: versionSchema.optional(),
  MUSTER_HA_COMPATIBILITY: z.enum(['warn', 'deny']).default('warn'),
  ...policyConfig,
  ...eventLogConfig,
});
export type ImportConfig = z.output<typeof importConfigSchema>;

/** The settings of which the rules of an import hear. */
export function policyOf(config: ImportConfig): ImportPolicy {
  const { MUSTER_PLATFORM_VERSION: platformVersion } = config;
  return {
    majorUpgrades: config.MUSTER_MAJOR_UPGRADES,
    haCompatibility: config.MUSTER_HA_COMPATIBILITY,
    ...(platformVersion !== undefined && { platformVersion }),
    allowed: Object.fromEntries(POLICY_FLAGS.map((flag) => [flag, config[flag]])) as ImportPolicy['allowed'],
  };
}
