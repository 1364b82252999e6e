import { MusterError } from '@muster/contracts';
import type { Server } from 'node:http';
import type { BaseConfig } from '../config/base-config.js';
import { isLoopback } from '../guard/foreign-host.js';

/** @throws MusterError `insecure-bind` for an address beyond loopback that nothing is said to guard */
export function checkBind({ MUSTER_HOST: host, MUSTER_INSECURE_BIND: allowed }: BaseConfig): void {
  if (allowed || isLoopback(host)) return;
  throw new MusterError('insecure-bind', `MUSTER_HOST=${host} would open this service to the network without a guard`, {
    actual: host,
    remedy: 'bind to 127.0.0.1, or set MUSTER_INSECURE_BIND=yes when something in front guards it',
  });
}

/** @throws MusterError `port-taken`, `bind-failed` */
export async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => reject(bindError(error, host, port));
    server.once('error', failed);
    server.listen({ host, port }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

function bindError(error: NodeJS.ErrnoException, host: string, port: number): MusterError {
  if (error.code === 'EADDRINUSE') {
    return new MusterError('port-taken', `port ${port} of ${host} is taken by another process`, {
      actual: port,
      remedy: 'stop that process, or set another MUSTER_PORT',
      cause: error,
    });
  }
  return new MusterError('bind-failed', `cannot listen on ${host}:${port}: ${error.message}`, { cause: error });
}
