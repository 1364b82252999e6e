import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ExtensionChanged } from '@muster/contracts';
import { eventLogConfig, openLogs } from '@muster/event-log';
import { z } from 'zod';
import type { Cluster } from './cluster.js';

/** A consumer of its own: which revisions came, and every event that came after a later one without being a repeat. */
export async function hear(cluster: Cluster, brokers: string) {
  const config = z.object(eventLogConfig).parse({ KAFKA_BROKERS: brokers });
  const options = { url: cluster.databaseUrl, applicationName: 'e2e' };
  const { events, reports } = openLogs({ ...config, MUSTER_CLUSTER: 'local' }, options);
  const seen = new Map<string, string>();
  const revisions = new Set<number>();
  const outOfOrder: ExtensionChanged[] = [];
  let last = 0;
  const subscription = await events.subscribe({
    consumer: `e2e-${randomUUID()}`,
    from: 'beginning',
    onRecords: (records) => {
      for (const { event } of records) {
        if (event.type !== 'ExtensionChanged') continue;
        const key = `${event.revision}/${event.position}`;
        const text = JSON.stringify(event);
        if (seen.get(key) === text) continue;
        if (seen.has(key) || event.revision < last) outOfOrder.push(event);
        seen.set(key, text);
        revisions.add(event.revision);
        last = Math.max(last, event.revision);
      }
    },
  });
  return {
    revisions,
    outOfOrder,
    close: async () => {
      await subscription.close();
      await Promise.all([events.close(), reports.close()]);
    },
  };
}

/** Looks at every node's directory all the time: a version that is older than one seen there before is out of order. */
export function watchVersions(cluster: Cluster) {
  const seen = new Map<string, number>();
  const backwards: string[] = [];
  const ending = new AbortController();
  const look = (): void => {
    for (const node of cluster.nodeIds) {
      const folder = path.join(cluster.storage(node), 'extensions');
      for (const name of readdirSync(folder)) {
        const minor = versionIn(path.join(folder, name, 'metadata.xml'));
        if (minor === undefined) continue;
        const before = seen.get(`${node} ${name}`) ?? 0;
        if (minor < before) backwards.push(`${node}: ${name} went from 1.${before} to 1.${minor}`);
        seen.set(`${node} ${name}`, minor);
      }
    }
  };
  const running = (async () => {
    while (!ending.signal.aborted) {
      look();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    look();
  })();
  return {
    stop: async (): Promise<string[]> => {
      ending.abort();
      await running;
      return backwards;
    },
  };
}

function versionIn(file: string): number | undefined {
  try {
    return Number(/packageVersion="1\.(\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? Number.NaN) || undefined;
  } catch {
    return undefined;
  }
}
