import type { Catalog, OutboxWatch } from '@muster/catalog';
import type { NodeStorage } from '@muster/node-storage';
import type { Health } from '@muster/service-kit';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

/**
 * What has to be well before this service takes an import. What carries the events has not: imports go on being committed
 * while it is away, and it catches up; the answer only says so.
 */
export function registerReadiness(
  health: Health,
  {
    catalog,
    storage,
    watch,
  }: { readonly catalog: Catalog; readonly storage: NodeStorage; readonly watch: OutboxWatch },
): void {
  health.register('database', async () => {
    await catalog.ping();
    return { ready: true };
  });
  health.register('schema', async () => {
    await catalog.checkSchema();
    return { ready: true };
  });
  health.register('storage', async () => {
    await access(path.join(storage.path, 'extensions'), constants.W_OK);
    const fork = await storage.findFork(catalog);
    return fork === undefined ? { ready: true } : { ready: false, reason: `forked: ${fork.detail}` };
  });
  health.register('event-log', () => {
    const { ok, unpublished, detail } = watch.status;
    return ok && unpublished === 0 ? { ready: true } : { ready: true, reason: detail };
  });
}
