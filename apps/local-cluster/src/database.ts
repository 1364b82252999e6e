import { migrate } from '@muster/catalog';
import { MusterError } from '@muster/contracts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@muster/embedded-postgres';
import path from 'node:path';
import { Client } from 'pg';
import { RotatingFile } from './directory/rotating-file.js';
import { SupervisedServer } from './process/supervised-server.js';

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
  const log = new RotatingFile(path.join(options.logs, 'postgres.log'));
  const start = (port?: number): Promise<EmbeddedPostgres> =>
    startEmbeddedPostgres({
      dataDir: path.join(options.dataDir, 'postgres'),
      ...(port === undefined ? {} : { port }),
      settings: { max_connections: String(options.maxConnections) },
      log: (line) => log.writeLine(line),
    });
  const server = new SupervisedServer('PostgreSQL', start, options.say);
  const url = new URL((await server.start()).url);
  await createDatabase(url.href);
  const description = `PostgreSQL on 127.0.0.1:${url.port}`;
  url.pathname = `/${NAME}`;
  const stop = async (): Promise<void> => {
    await server.stop();
    log.close();
  };
  return { url: url.href, description, stop };
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
