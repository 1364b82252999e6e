import type { EventLogStatus } from '@muster/contracts';
import { waitFor } from '@muster/testing';
import { expect, it, onTestFinished } from 'vitest';
import { OutboxWatch } from './index.js';
import type { Carrier, Unpublished } from './index.js';

interface World {
  carrier: Carrier;
  unpublished: () => Promise<Unpublished>;
}

function watch(world: World): { watch: OutboxWatch; changes: EventLogStatus[] } {
  const changes: EventLogStatus[] = [];
  const made = new OutboxWatch({
    carrier: { kind: world.carrier.kind, health: () => world.carrier.health() },
    outbox: { unpublished: () => world.unpublished() },
    periodMs: 5,
    onChange: (status) => changes.push(status),
  });
  onTestFinished(() => made.close());
  return { watch: made, changes };
}

const well = { kind: 'kafka' as const, health: () => Promise.resolve({ ok: true, detail: 'Kafka at a:1' }) };
const away = { kind: 'kafka' as const, health: () => Promise.reject(new Error('no broker answers')) };

it('tells once when the carrier goes and when it is back, since when, and how much waits', async () => {
  const world: World = { carrier: well, unpublished: () => Promise.resolve({ events: 0 }) };
  const { watch: made, changes } = watch(world);
  await made.start();
  expect(made.status).toEqual({ kind: 'kafka', ok: true, detail: 'Kafka at a:1', unpublished: 0 });
  world.carrier = away;
  world.unpublished = () => Promise.resolve({ events: 7, oldestMs: 12_300 });
  await waitFor(() => !made.status.ok, { what: 'the broker away' });
  const first = made.status;
  expect(first).toMatchObject({ ok: false, unpublished: 7 });
  expect(first.detail).toMatch(/^no broker answers; away since 20\S+Z; 7 events wait .* for 12 s$/);
  expect(made.oldestUnpublishedMs).toBe(12_300);
  for (let look = 0; look < 5; look += 1) await made.look();
  expect(made.status).toEqual(first);
  world.carrier = well;
  world.unpublished = () => Promise.resolve({ events: 0 });
  await waitFor(() => made.status.ok, { what: 'the broker back' });
  expect(made.status.detail).toBe('Kafka at a:1');
  expect(changes.map(({ ok }) => ok)).toEqual([false, true]);
});

it('keeps the last count while the database is away, and counts nothing where the outbox itself is read', async () => {
  const world: World = { carrier: well, unpublished: () => Promise.resolve({ events: 3, oldestMs: 1_000 }) };
  const { watch: made } = watch(world);
  await made.start();
  world.unpublished = () => Promise.reject(new Error('the database does not answer'));
  await made.look();
  expect(made.status).toMatchObject({ ok: true, unpublished: 3 });
  const embedded = watch({ carrier: { ...well, kind: 'postgres' }, unpublished: () => Promise.resolve({ events: 9 }) });
  await embedded.watch.start();
  expect(embedded.watch.status.unpublished).toBe(0);
});
