import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { GenericContainer, StartedTestContainer, Wait } from 'testcontainers';

/** Gets the library's own classes, which are loaded only where an engine answers. */
type DescribeContainer = (container: typeof GenericContainer, wait: typeof Wait) => GenericContainer;

export interface ContainerEngine {
  /** As whoever connects to a published port names the engine's machine. */
  readonly host: string;
  start(describe: DescribeContainer): Promise<StartedTestContainer>;
}

/** Undefined where no Docker engine answers. */
export async function findContainerEngine(): Promise<ContainerEngine | undefined> {
  // The library is slow to load, and most machines without an engine have no place for its socket either.
  if (!mayHaveEngine()) return undefined;
  const library = await import('testcontainers');
  const client = await library.getContainerRuntimeClient().catch(() => undefined);
  if (client === undefined) return undefined;
  const { host } = client.info.containerRuntime;
  return {
    host: host === 'localhost' ? '127.0.0.1' : host,
    async start(describe) {
      // Ryuk removes what a killed run leaves; where its image cannot be had, the runs remove their containers themselves.
      await library.getReaper(client).catch(() => {
        process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
      });
      return describe(library.GenericContainer, library.Wait).start();
    },
  };
}

function mayHaveEngine(): boolean {
  const { DOCKER_HOST, TESTCONTAINERS_HOST_OVERRIDE, XDG_RUNTIME_DIR } = process.env;
  if (DOCKER_HOST || TESTCONTAINERS_HOST_OVERRIDE) return true;
  const home = homedir();
  return [
    '/var/run/docker.sock',
    path.join(home, '.testcontainers.properties'),
    path.join(home, '.docker/run/docker.sock'),
    path.join(home, '.docker/desktop/docker.sock'),
    ...(XDG_RUNTIME_DIR ? [path.join(XDG_RUNTIME_DIR, '.docker/run/docker.sock')] : []),
    ...(XDG_RUNTIME_DIR ? [path.join(XDG_RUNTIME_DIR, 'docker.sock')] : []),
    ...(process.platform === 'win32' ? ['//./pipe/docker_engine'] : []),
  ].some((file) => existsSync(file));
}
