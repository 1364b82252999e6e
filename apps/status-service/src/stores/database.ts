import { MusterError } from '@muster/contracts';
import { DatabaseError, Pool } from 'pg';
import type { PoolClient, QueryResultRow } from 'pg';

/** Runs one statement. A parameter is never put into the text. */
export interface Queryable {
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface DatabaseOptions {
  readonly url: string;
  /** Told of connections that broke while idle; for the log. */
  readonly onConnectionError: (error: Error) => void;
}

const POOL_SIZE = 6;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** How much longer than the server the client waits before it takes the connection for dead. */
const CLIENT_GRACE_MS = 2_000;

/** The service's own connections to the catalog's database. Whatever a lost database throws is `database-away`. */
export class Database implements Queryable {
  private readonly pool: Pool;

  constructor({ url, onConnectionError }: DatabaseOptions) {
    this.pool = new Pool({
      connectionString: url,
      application_name: 'muster-status-service',
      max: POOL_SIZE,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS + CLIENT_GRACE_MS,
      idle_in_transaction_session_timeout: 60_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    this.pool.on('error', onConnectionError);
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      throw asAway(error);
    }
  }

  /** Statements that all see one state of the database; none of them writes. */
  async snapshot<Result>(work: (session: Queryable) => Promise<Result>): Promise<Result> {
    const client = await this.connect();
    const session: Queryable = {
      query: async <Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) =>
        (await client.query<Row>(text, [...values])).rows,
    };
    try {
      await client.query('begin isolation level repeatable read read only');
      const result = await work(session);
      await client.query('commit');
      client.release();
      return result;
    } catch (error) {
      // Cutting the connection ends the transaction, whatever state it is in.
      client.release(true);
      throw asAway(error);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async connect(): Promise<PoolClient> {
    try {
      return await this.pool.connect();
    } catch (error) {
      throw asAway(error);
    }
  }
}

/** Connection exceptions, operator intervention, and too many connections. */
const ENDS_SESSION = /^(?:08|57P|53300)/;
const NETWORK = /^(?:ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT)/;
const BROKEN = /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable/i;

export function asAway(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof MusterError || !isAway(error)) return error;
  const message = error instanceof AggregateError ? error.errors.map(String).join('; ') : error.message;
  return new MusterError('database-away', `the database does not answer, so nothing can be said: ${message}`, {
    remedy: 'check that PostgreSQL runs and that DATABASE_URL names it; this service recovers by itself',
    cause: error,
  });
}

function isAway(error: Error): boolean {
  if (error instanceof DatabaseError) return ENDS_SESSION.test(error.code ?? '');
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return NETWORK.test(code) || BROKEN.test(error.message);
}
