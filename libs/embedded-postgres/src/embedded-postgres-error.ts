import { MusterError } from '@muster/contracts';

/**
 * A server that cannot be started. Codes: `platform-unsupported`, `postgres-user-missing`, `directory-not-accessible`,
 * `data-directory-in-use`, `data-directory-unusable`, `disk-full`, `port-in-use`, `postgres-failed`, `postgres-start-timeout`.
 */
export class EmbeddedPostgresError extends MusterError {}
