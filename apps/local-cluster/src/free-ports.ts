import { MusterError } from '@muster/contracts';
import { createServer } from 'node:net';
import type { ServiceSpec } from './layout.js';
import { portHolder, type PortHolder } from './port-holder.js';

/** @throws MusterError `port-taken` that says which, for what it is needed, and by whom it is taken where that can be told */
export async function checkPorts(services: readonly ServiceSpec[]): Promise<void> {
  for (const service of services) {
    if (!(await isFree(service.port))) throw taken(service, await portHolder(service.port));
  }
}

function taken({ port, label }: ServiceSpec, holder: PortHolder | undefined): MusterError {
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
