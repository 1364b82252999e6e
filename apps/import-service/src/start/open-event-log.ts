import { OutboxWatch, type Catalog, type OutboxOptions } from '@muster/catalog';
import { openLogs } from '@muster/event-log';
import type { ServiceKit } from '@muster/service-kit';
import type { ImportConfig } from '../config.js';
import { registerOutboxMetrics } from '../record/outbox-metrics.js';

export interface OpenEventLog {
  /** How what this service commits reaches the consumers. */
  readonly outbox: Required<OutboxOptions>;
  readonly watch: OutboxWatch;
}

/** Starts shipping the outbox, where it is to be shipped, and watches whether that goes well. */
export async function openEventLog(config: ImportConfig, kit: ServiceKit, catalog: Catalog): Promise<OpenEventLog> {
  const { logger, metrics, shutdown } = kit;
  const { events, reports } = openLogs(config, {
    url: config.DATABASE_URL,
    applicationName: 'muster-import-service-log',
    pollIntervalMs: config.MUSTER_POLL_INTERVAL,
    // What matters of it is told by the watch, once each time that it changes.
    onLogLine: ({ level, text }) => logger.debug({ kafka: level }, text),
  });
  shutdown.register('event log', async () => {
    await Promise.all([events.close(), reports.close()]);
  });
  // Each attempt; that it fails, and that it works again, is told by the watch.
  const relay = await events.relay({ onError: (error) => logger.debug({ err: error }, 'the relay does not get on') });
  shutdown.register('relay', () => relay.close());
  const watch = new OutboxWatch({
    carrier: events,
    outbox: catalog.outbox,
    periodMs: config.MUSTER_POLL_INTERVAL,
    onChange: ({ ok, detail }) => {
      if (ok) logger.info(`the event log answers: ${detail}`);
      else logger.warn(`the event log is away, imports go on and are published later: ${detail}`);
    },
  });
  shutdown.register('outbox watch', () => watch.close());
  registerOutboxMetrics(metrics, watch);
  await watch.start();
  return { outbox: { published: events.kind === 'postgres' }, watch };
}
