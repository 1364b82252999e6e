import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import './provided-context.js';
import { postgresServer } from './provision/postgres-server.js';

/**
 * One PostgreSQL for a whole test run, and a directory. Whatever the tests leave in the directory, and on a server that is
 * not ours, goes at the end.
 */
export default async function setUpPostgres(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'muster-test-'));
  // As root the server runs as another user, who must be able to enter.
  await chmod(directory, 0o711);
  const runId = `${process.pid}_${Date.now().toString(36)}`;
  const removeDirectory = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const server = await postgresServer(path.join(directory, 'postgres'), runId);
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
