import type { OutboxWatch } from '@muster/catalog';
import { Gauge, type Registry } from 'prom-client';

/** What waits to be shipped, as numbers. */
export function registerOutboxMetrics(registry: Registry, watch: OutboxWatch): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    const made: Gauge = new Gauge({ name, help, registers: [registry], collect: () => made.set(read()) });
  };
  gauge('muster_event_log_up', '1 while what carries the events answers', () => (watch.status.ok ? 1 : 0));
  gauge(
    'muster_outbox_unpublished_events',
    'Events that are committed and not shipped yet',
    () => watch.status.unpublished,
  );
  gauge(
    'muster_outbox_oldest_unpublished_seconds',
    'Age of the oldest of them',
    () => watch.oldestUnpublishedMs / 1_000,
  );
}
