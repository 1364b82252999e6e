import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@muster/embedded-postgres';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import './provided-context.js';

/**
 * One PostgreSQL for a whole test run: the server of `DATABASE_URL`, or one of its own that is gone afterwards. It is tuned
 * for tests; `MUSTER_TEST_FSYNC=on` gives it back its durability. Whatever the tests leave in the run's temporary
 * directory, and on a server that is not ours, goes at the end.
 */
export default async function setUpPostgres(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-test-'));
  // As root the server runs as another user, who must be able to enter.
  await chmod(directory, 0o711);
  const runId = `${process.pid}_${Date.now().toString(36)}`;
  const removeDirectory = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const server = await serverOf(path.join(directory, 'postgres'), runId);
    project.provide('postgresUrl', server.url);
    project.provide('testRunId', runId);
    project.provide('temporaryRoot', directory);
    return async () => {
      await server.end();
      await removeDirectory();
    };
  } catch (error) {
    await removeDirectory();
    throw error;
  }
}

interface TestServer {
  readonly url: string;
  end(): Promise<void>;
}

async function serverOf(dataDir: string, runId: string): Promise<TestServer> {
  const given = process.env['DATABASE_URL'];
  if (given) return { url: given, end: () => dropDatabasesOf(given, runId) };
  const server = await startEmbeddedPostgres({ dataDir, settings: settings() });
  return { url: server.url, end: () => server.stop() };
}

function settings(): Record<string, string> {
  const durable = process.env['MUSTER_TEST_FSYNC'] === 'on';
  return {
    max_connections: '300',
    shared_buffers: '64MB',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
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
