import type { Catalog } from '@muster/catalog';
import type { EventLog } from '@muster/event-log';
import type { NodeStorage } from '@muster/node-storage';
import type { Health } from '@muster/service-kit';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';

/** What has to be well before this service takes an import. */
export function registerReadiness(
  health: Health,
  {
    catalog,
    storage,
    eventLog,
  }: { readonly catalog: Catalog; readonly storage: NodeStorage; readonly eventLog: EventLog },
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
  health.register('event-log', async () => {
    const { ok, detail } = await eventLog.health();
    return ok ? { ready: true } : { ready: false, reason: detail };
  });
}
