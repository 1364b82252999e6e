import { MusterError } from '@muster/contracts';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceSpec } from './layout.js';
import { portHolder } from './port-holder.js';

/** How long services of an earlier run on this directory, whose supervisor died, are given to end. */
const LEFTOVER_DEADLINE_MS = 20_000;

/** @throws MusterError `port-taken` that says which, for what it is needed, and by whom it is taken where that can be told */
export async function checkPorts(services: readonly ServiceSpec[], dataDir: string): Promise<void> {
  const deadline = Date.now() + LEFTOVER_DEADLINE_MS;
  for (const service of services) {
    while (!(await isFree(service.port))) {
      const holder = await portHolder(service.port);
      if (holder?.cluster !== dataDir || Date.now() > deadline) throw taken(service, holder);
      await delay(100);
    }
  }
}

function taken({ port, label }: ServiceSpec, holder: Awaited<ReturnType<typeof portHolder>>): MusterError {
  const by = holder === undefined ? 'another process' : `pid ${holder.pid} (${holder.command})`;
  return new MusterError('port-taken', `port ${port}, which ${label} needs, is taken by ${by}`, {
    actual: port,
    remedy: 'end that process, or choose another --port-base',
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
