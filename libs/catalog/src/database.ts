import { DatabaseError, Pool, types as pgTypes } from 'pg';
import type { Client, CustomTypesConfig, PoolClient, QueryResultRow } from 'pg';
import type { Socket } from 'node:net';
import { CatalogError } from './catalog-error.js';

export interface DatabaseOptions {
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Most connections at once; default 10. */
  readonly poolSize?: number;
  /** Limit of one statement; default 30,000 ms. COPY has its own. */
  readonly statementTimeoutMs?: number;
  /** How long a commit waits for another one; default 10,000 ms. */
  readonly lockTimeoutMs?: number;
  /** Told of connections that broke while idle; for the log. */
  readonly onConnectionError?: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_IN_TRANSACTION_MS = 60_000;
/** How much longer than the server the client waits before it takes the connection for dead. */
const CLIENT_GRACE_MS = 5_000;

/** Integers beyond 2^53 would be rounded silently: they are refused. */
function parseBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`the database holds the integer ${text}, which is beyond 2^53`);
  return value;
}

const types: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pgTypes.builtins.INT8 ? parseBigint : pgTypes.getTypeParser(oid, format)) as typeof pgTypes.getTypeParser,
};

/** Runs one statement. A parameter is never put into the text. */
export interface Queryable {
  query<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** One connection that its holder has to itself. */
export class Session implements Queryable {
  constructor(
    readonly client: PoolClient,
    private readonly timeoutMs: number,
  ) {}

  async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const config = { text, values: [...values], query_timeout: this.timeoutMs };
    return (await this.client.query<Row>(config)).rows;
  }

  /** Calls back where nothing came or went on the wire for so long; returns what takes the limit off again. */
  limitIdle(idleMs: number, onIdle: () => void): () => void {
    const socket = socketOf(this.client);
    socket.setTimeout(idleMs, onIdle);
    return () => {
      socket.setTimeout(0);
      socket.off('timeout', onIdle);
    };
  }

  /** Cuts the connection: whatever the server was doing for it ends there. */
  cut(): void {
    const socket = socketOf(this.client);
    // A COPY stream that was left in the middle still listens; it would parse what comes into buffers that it gave up.
    socket.removeAllListeners('readable');
    socket.destroy();
    this.client.release(true);
  }
}

/** The pool: the only place that knows how connections are made, limited and given up. */
export class Database implements Queryable {
  readonly lockTimeoutMs: number;
  private readonly pool: Pool;
  private readonly timeoutMs: number;

  constructor(options: DatabaseOptions) {
    const statementTimeoutMs = options.statementTimeoutMs ?? 30_000;
    this.timeoutMs = statementTimeoutMs + CLIENT_GRACE_MS;
    this.lockTimeoutMs = options.lockTimeoutMs ?? 10_000;
    this.pool = new Pool({
      connectionString: options.url,
      application_name: options.applicationName,
      max: options.poolSize ?? 10,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      types,
    });
    const report = options.onConnectionError ?? (() => undefined);
    this.pool.on('error', report);
    // A client that is checked out reports a broken connection here too; without a listener the process would end.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.use((session) => session.query<Row>(text, values));
  }

  /** Lends a connection; one that broke is thrown away. */
  async use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const session = await this.session();
    try {
      const result = await work(session);
      session.client.release();
      return result;
    } catch (error) {
      if (isAway(error)) session.cut();
      else session.client.release();
      throw asAway(error);
    }
  }

  /** BEGIN, the work, COMMIT; any failure rolls back. `begin` may ask for another isolation. */
  async transaction<Result>(work: (session: Session) => Promise<Result>, begin = 'begin'): Promise<Result> {
    return this.use(async (session) => {
      await session.query(begin);
      try {
        const result = await work(session);
        await session.query('commit');
        return result;
      } catch (error) {
        if (!isAway(error)) await session.query('rollback');
        throw error;
      }
    });
  }

  /** A connection that the caller releases or cuts. */
  async session(): Promise<Session> {
    try {
      return new Session(await this.pool.connect(), this.timeoutMs);
    } catch (error) {
      throw asAway(error);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}

function socketOf(client: PoolClient): Socket {
  return (client as unknown as Client & { connection: { stream: Socket } }).connection.stream;
}

/** The SQLSTATE, where the server itself answered with an error. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** Connection exceptions, operator intervention except a cancelled query, too many connections, and a session timed out. */
function endsSession(state: string): boolean {
  return /^(?:08|57P|53300|25P03|25P04)/.test(state);
}

const NETWORK = /^(?:ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/;
const BROKEN =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Client was closed/;

/** A network failure or a server that goes down, as `database-away`; anything else as it is. */
export function asAway(error: unknown): unknown {
  if (error instanceof CatalogError || !isAway(error)) return error;
  const message = error instanceof AggregateError ? error.errors.map(String).join('; ') : (error as Error).message;
  return new CatalogError('database-away', `the database does not answer: ${message}`, {
    remedy: 'check that PostgreSQL runs and that DATABASE_URL names it',
    cause: error,
  });
}

/** Whether the connection is lost, or was never had. */
export function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof CatalogError) return error.code === 'database-away' || error.code === 'outcome-unknown';
  const state = sqlState(error);
  if (state !== undefined) return endsSession(state);
  const { code, syscall } = error as NodeJS.ErrnoException;
  // A Unix socket that is not there.
  if (code === 'ENOENT') return syscall === 'connect';
  return (code !== undefined && NETWORK.test(code)) || BROKEN.test(error.message);
}
