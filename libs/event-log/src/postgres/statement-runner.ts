import { type ClientConfig, DatabaseError, Pool, type PoolClient, type QueryResultRow } from 'pg';
import { EventLogError } from '../event-log-error.js';
import type { PostgresSource, Tuning } from './options.js';
import { cut } from './cut.js';

const OWN_POOL_SIZE = 3;
const KEEPALIVE_MS = 10_000;

/** Runs single statements on pooled connections, each under a deadline; one that broke or went silent is thrown away. */
export class StatementRunner {
  private readonly pool: Pool;
  private readonly ownsPool: boolean;

  constructor(
    source: PostgresSource,
    private readonly tuning: Tuning,
  ) {
    this.ownsPool = !('pool' in source);
    this.pool = 'pool' in source ? source.pool : new Pool({ ...connectionConfig(source, tuning), max: OWN_POOL_SIZE });
    if (this.ownsPool) {
      this.pool.on('error', () => undefined);
      this.pool.on('connect', (client) => client.on('error', () => undefined));
    }
  }

  /** @throws EventLogError `log-unavailable` or `log-refused`. */
  async run<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    let client: PoolClient;
    try {
      client = await this.pool.connect();
    } catch (error) {
      throw asEventLogError(error);
    }
    try {
      const config = { text, values: [...values], query_timeout: this.tuning.deadlineMs };
      const { rows } = await client.query<Row>(config);
      client.release();
      return rows;
    } catch (error) {
      if (isRefusal(error)) {
        client.release();
      } else {
        cut(client);
        client.release(true);
      }
      throw asEventLogError(error);
    }
  }

  async close(): Promise<void> {
    if (this.ownsPool) await this.pool.end();
  }
}

/** For the pool of our own and for the connection that listens. */
export function connectionConfig(source: PostgresSource, tuning: Tuning): ClientConfig {
  const where = 'pool' in source ? poolConfig(source.pool) : { connectionString: source.url };
  return {
    ...where,
    application_name: tuning.applicationName,
    connectionTimeoutMillis: tuning.deadlineMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_MS,
  };
}

/** A pool hides its password from being copied along with its other options. */
function poolConfig({ options }: Pool): ClientConfig {
  return options.password === undefined ? { ...options } : { ...options, password: options.password };
}

/** Rights, names, types: saying it again gives the same answer. Everything else may pass. */
function isRefusal(error: unknown): boolean {
  return error instanceof DatabaseError && /^(?:42|22|23|28|3D)/.test(error.code ?? '');
}

export function asEventLogError(error: unknown): EventLogError {
  if (error instanceof EventLogError) return error;
  const message = error instanceof AggregateError ? error.errors.map(String).join('; ') : (error as Error).message;
  if (isRefusal(error)) {
    return new EventLogError('log-refused', `the database refuses what the event log asks: ${message}`, {
      remedy: "check the migrations, and that the login is a member of this service's role",
      cause: error,
    });
  }
  return new EventLogError('log-unavailable', `the event log's database does not answer: ${message}`, {
    remedy: 'check that PostgreSQL runs and that DATABASE_URL names it',
    cause: error,
  });
}
