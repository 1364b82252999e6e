import type { Catalog } from '@muster/catalog';
import { Gauge, type Registry } from 'prom-client';
import { setTimeout as delay } from 'node:timers/promises';

/** A scrape waits no longer for the database. */
const DEADLINE_MS = 2_000;

/** Whether the catalog is frozen, asked for with every scrape; no sample where the database does not say. */
export function registerFreezeMetrics(registry: Registry, freeze: Pick<Catalog['freeze'], 'current'>): void {
  const gauge: Gauge = new Gauge({
    name: 'muster_frozen',
    help: '1 while the catalog is frozen and takes no change; absent while the database is away',
    registers: [registry],
    collect: async (): Promise<void> => {
      const frozen = await isFrozen(freeze);
      if (frozen === undefined) gauge.remove();
      else gauge.set(frozen ? 1 : 0);
    },
  });
}

async function isFrozen(freeze: Pick<Catalog['freeze'], 'current'>): Promise<boolean | undefined> {
  const aborter = new AbortController();
  const late = delay(DEADLINE_MS, undefined, { signal: aborter.signal, ref: false }).catch(() => undefined);
  const asked = freeze.current().then(
    (frozen) => frozen !== undefined,
    () => undefined,
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    aborter.abort();
  }
}
