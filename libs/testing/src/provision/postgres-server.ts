import { startEmbeddedPostgres } from '@muster/embedded-postgres';
import { Client } from 'pg';
import { waitFor } from '../wait-for.js';
import { findContainerEngine } from './docker-engine.js';
import { provide, type Provider } from './provider.js';

export interface PostgresServer {
  /** Of a superuser. */
  readonly url: string;
  end(): Promise<void>;
}

const IMAGE = 'postgres:18';
const PORT = 5432;
const DATA = '/var/lib/postgresql';
const READY_DEADLINE_MS = 60_000;

/**
 * The server of `DATABASE_URL`; else by Testcontainers, where a Docker engine answers; else one from npm. It is tuned for
 * tests; `MUSTER_TEST_FSYNC=on` gives it back its durability. `MUSTER_TEST_POSTGRES` (`given`, `testcontainers`, `embedded`)
 * chooses one.
 */
export async function postgresServer(dataDir: string, runId: string): Promise<PostgresServer> {
  const provision = await provide('PostgreSQL', 'MUSTER_TEST_POSTGRES', [given(runId), container(), embedded(dataDir)]);
  if ('server' in provision) return provision.server;
  throw new Error(`the tests need a PostgreSQL, and none can be had: ${provision.unavailable}`);
}

function given(runId: string): Provider<PostgresServer> {
  return {
    name: 'given',
    async start() {
      const url = process.env['DATABASE_URL'];
      if (!url) return { unavailable: 'DATABASE_URL is not set' };
      return { url, end: () => dropDatabasesOf(url, runId) };
    },
  };
}

function container(): Provider<PostgresServer> {
  return {
    name: 'testcontainers',
    async start() {
      const engine = await findContainerEngine();
      if (engine === undefined) return { unavailable: 'no Docker engine answers' };
      const password = 'muster';
      const flags = Object.entries(settings()).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      const started = await engine.start((Container) =>
        new Container(IMAGE)
          .withEnvironment({ POSTGRES_PASSWORD: password })
          .withTmpFs({ [DATA]: 'rw' })
          .withSharedMemorySize(256 * 1024 * 1024)
          .withCommand(['postgres', ...flags])
          .withExposedPorts(PORT),
      );
      const url = `postgresql://postgres:${password}@${engine.host}:${started.getMappedPort(PORT)}/postgres`;
      const end = async (): Promise<void> => void (await started.stop());
      try {
        await answers(url);
        return { url, end };
      } catch (error) {
        await end();
        throw error;
      }
    },
  };
}

function embedded(dataDir: string): Provider<PostgresServer> {
  return {
    name: 'embedded',
    async start() {
      const server = await startEmbeddedPostgres({ dataDir, settings: settings() });
      return { url: server.url, end: () => server.stop() };
    },
  };
}

function settings(): Record<string, string> {
  const durable = process.env['MUSTER_TEST_FSYNC'] === 'on';
  return {
    max_connections: '300',
    shared_buffers: '64MB',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
}

/** A published port takes connections before the server behind it does. */
async function answers(url: string): Promise<void> {
  const ask = async (): Promise<true> => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    await client.connect();
    await client.end();
    return true;
  };
  await waitFor(ask, { deadlineMs: READY_DEADLINE_MS, everyMs: 100, what: `PostgreSQL in a container of ${IMAGE}` });
}

async function dropDatabasesOf(url: string, runId: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const left = await client.query<{ datname: string }>(
      `select datname from pg_database where starts_with(datname, $1)`,
      [`muster_test_${runId}_`],
    );
    for (const { datname } of left.rows)
      await client.query(`drop database if exists ${client.escapeIdentifier(datname)} with (force)`);
  } finally {
    await client.end();
  }
}
