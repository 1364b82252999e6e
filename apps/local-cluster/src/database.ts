import { migrate } from '@muster/catalog';
import { MusterError } from '@muster/contracts';
import { EmbeddedPostgresError, startEmbeddedPostgres, type EmbeddedPostgres } from '@muster/embedded-postgres';
import path from 'node:path';
import { Client } from 'pg';
import { RotatingFile } from './directory/rotating-file.js';

export interface Database {
  /** Of the owner of the schema. */
  readonly url: string;
  /** In words, for the screen. */
  readonly description: string;
  stop(): Promise<void>;
}

export interface DatabaseOptions {
  readonly dataDir: string;
  readonly logs: string;
  /** `DATABASE_URL`, where people bring their own. */
  readonly givenUrl?: string;
  /** Enough for every service's pool. */
  readonly maxConnections: number;
  readonly say: (line: string) => void;
}

const NAME = 'muster';
const RESTART_PAUSE_MS = 1_000;

/** The database, started or given, with its schema brought up to this version. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database = options.givenUrl === undefined ? await startEmbedded(options) : given(options.givenUrl);
  try {
    await migrate(database.url);
    return database;
  } catch (error) {
    await database.stop();
    if (error instanceof MusterError) throw error;
    const detail = `the database cannot be prepared: ${error instanceof Error ? error.message : String(error)}`;
    throw new MusterError('database-unusable', detail, { cause: error });
  }
}

function given(url: string): Database {
  const { host, pathname } = new URL(url);
  return { url, description: `the database ${pathname.slice(1)} of ${host}`, stop: () => Promise.resolve() };
}

async function startEmbedded(options: DatabaseOptions): Promise<Database> {
  const server = new SupervisedPostgres(options);
  const url = new URL(await server.start());
  await createDatabase(url.href);
  const description = `PostgreSQL on 127.0.0.1:${url.port}`;
  url.pathname = `/${NAME}`;
  return { url: url.href, description, stop: () => server.stop() };
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [NAME]);
    if (rowCount === 0) await client.query(`create database ${NAME}`);
  } finally {
    await client.end();
  }
}

/** The embedded server, started again on the same port when it dies. */
class SupervisedPostgres {
  private readonly log: RotatingFile;
  private server: EmbeddedPostgres | undefined;
  private stopping = false;
  private restarting: Promise<void> | undefined;

  constructor(private readonly options: DatabaseOptions) {
    this.log = new RotatingFile(path.join(options.logs, 'postgres.log'));
  }

  async start(port?: number): Promise<string> {
    const server = await startEmbeddedPostgres({
      dataDir: path.join(this.options.dataDir, 'postgres'),
      ...(port === undefined ? {} : { port }),
      settings: { max_connections: String(this.options.maxConnections) },
      log: (line) => this.log.writeLine(line),
    });
    this.server = server;
    void server.exited.then(({ code, signal }) => {
      if (this.stopping) return;
      this.options.say(`PostgreSQL ended by ${signal ?? `code ${code}`}; it is started again`);
      this.restarting = this.restart(server.port);
    });
    return server.url;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.restarting;
    await this.server?.stop();
    this.log.close();
  }

  private async restart(port: number): Promise<void> {
    while (!this.stopping) {
      try {
        await this.start(port);
        return;
      } catch (error) {
        if (!(error instanceof EmbeddedPostgresError)) throw error;
        this.options.say(`PostgreSQL does not start: ${error.message}`);
        await new Promise((resolve) => setTimeout(resolve, RESTART_PAUSE_MS));
      }
    }
  }
}
