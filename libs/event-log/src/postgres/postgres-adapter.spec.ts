import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { waitFor } from '@muster/testing';
import { RecordingConsumer, sampleEvent, sampleReport } from '../conformance/index.js';
import { PostgresHarness } from '../spec/postgres-harness.js';
import { createPostgresEventLog } from './postgres-event-log.js';

const NEVER_MS = 120_000;
const EARLY = '2026-01-01T00:00:00.000Z';
const LATER = '2026-01-02T00:00:00.000Z';

let harness: PostgresHarness;
beforeEach(async () => {
  harness = await PostgresHarness.make();
});
afterEach(() => harness.close());

describe('waking', () => {
  it('is by notification, long before the next poll', async () => {
    const { log } = await harness.openEvents({ pollIntervalMs: NEVER_MS });
    const consumer = await new RecordingConsumer().subscribe(log, 'woken');
    await harness.append();
    await consumer.untilCount(1);
  });

  it('works again after the listening connection was half open, found by the heartbeat', async () => {
    const { log, faults } = await harness.openEvents({ pollIntervalMs: NEVER_MS });
    const consumer = await new RecordingConsumer().subscribe(log, 'half-open');
    await harness.append();
    await consumer.untilCount(1);
    faults.halfOpen();
    await harness.append();
    await consumer.untilCount(2);
    expect(consumer.reconnects).toBeGreaterThan(0);
    await harness.append();
    await consumer.untilCount(3);
  });

  it('works again after the server ended the listening connection', async () => {
    const { log } = await harness.openEvents({ pollIntervalMs: NEVER_MS });
    const consumer = await new RecordingConsumer().subscribe(log, 'ended');
    const listening = `from pg_stat_activity where datname = current_database() and query ilike 'listen%'`;
    const terminated = async (): Promise<boolean> =>
      (await harness.pool.query(`select pg_terminate_backend(pid) ${listening}`)).rows.length === 1;
    await waitFor(terminated, { what: 'a listening connection to end' });
    await consumer.until('the reconnect', () => consumer.reconnects > 0);
    await harness.append();
    await consumer.untilCount(1);
  });

  it('finds by the heartbeat that a connection answers and no longer listens, as behind a pooler', async () => {
    await harness.pool
      .query(`create schema deaf; grant usage on schema deaf to public; create table deaf.channel as select text 'muster_event' as name;
      grant select on deaf.channel to public;
      create function deaf.pg_listening_channels() returns setof text language sql as 'select name from deaf.channel'`);
    const url = `${harness.database.url}?options=-c%20search_path%3Ddeaf,pg_catalog,public`;
    const log = createPostgresEventLog({ url, heartbeatMs: 50, retryFirstMs: 20, pollIntervalMs: NEVER_MS });
    const consumer = await new RecordingConsumer().subscribe(log, 'deaf');
    await harness.append();
    await consumer.untilCount(1);
    expect(consumer.failures).toEqual([]);
    await harness.pool.query('delete from deaf.channel');
    await consumer.until('the reconnect', () => consumer.reconnects > 0);
    expect(consumer.failures[0]?.error.message).toContain('no longer listens on muster_event');
    await log.close();
  });

  it('does not depend on notifications: the poll sees what nobody told', async () => {
    const { log } = await harness.openEvents({ pollIntervalMs: 50 });
    const consumer = await new RecordingConsumer().subscribe(log, 'polling');
    await harness.append();
    await consumer.untilCount(1);
    await harness.insertEvent(harness.pool, 2, sampleEvent(1, 1, 2));
    await consumer.untilCount(2);
  });
});

describe('reading', () => {
  it('bounds a batch by bytes, yet always gives one record', async () => {
    const { log } = await harness.openEvents({ batchBytes: 1, batchRows: 500 });
    await harness.append({ changes: 5 });
    const consumer = await new RecordingConsumer().subscribe(log, 'small-batches');
    await consumer.untilCount(5);
    expect(consumer.batches.map((batch) => batch.length)).toEqual([1, 1, 1, 1, 1]);
  });

  it('skips what it cannot read, saying so and asking for a look, and does not mind other types', async () => {
    await harness.append();
    await harness.insertEvent(harness.pool, 2, { ...sampleEvent(1, 1, 2), schemaVersion: 99 });
    await harness.insertEvent(harness.pool, 3, { type: 'SomethingElse', revision: 1 });
    await harness.append();
    const { log } = await harness.openEvents();
    const consumer = await new RecordingConsumer().subscribe(log, 'skipping');
    await consumer.untilCount(2);
    expect(consumer.events.map(({ revision }) => revision)).toEqual([1, 2]);
    expect(consumer.failures.map(({ error, fatal }) => [error.message, fatal])).toEqual([
      ['the event at position 2 cannot be read and was skipped', false],
    ]);
    expect(consumer.reconnects).toBe(1);
  });

  it('keeps positions beyond 2^53 apart', async () => {
    await harness.append();
    await harness.pool.query(`update event set position = 9007199254740993`);
    const { log } = await harness.openEvents();
    const consumer = await new RecordingConsumer().subscribe(log, 'far');
    await consumer.untilCount(1);
    await harness.pool.query(
      `insert into event (position, revision, payload) select position + 1, revision, jsonb_set(payload, '{position}', '1') from event`,
    );
    await consumer.untilCount(2);
    expect(consumer.batches.flat().map(({ position }) => position)).toEqual(['9007199254740993', '9007199254740994']);
  });

  it('reads a log that became shorter from its beginning', async () => {
    const { log } = await harness.openEvents({ pollIntervalMs: 50 });
    await harness.append({ changes: 4 });
    const consumer = await new RecordingConsumer().subscribe(log, 'shortened');
    await consumer.untilCount(4);
    await harness.pool.query('delete from event where position > 2');
    await consumer.until('the look', () => consumer.reconnects > 0);
    await consumer.untilCount(6);
    expect(consumer.failures.map(({ error, fatal }) => [(error as { code?: string }).code, fatal])).toEqual([
      ['log-reset', false],
    ]);
    await harness.append();
    await consumer.untilCount(7);
    expect(consumer.events.at(-1)?.revision).toBe(2);
  });

  it("takes the database's word for its place after a restored backup", async () => {
    const { log, faults } = await harness.openEvents();
    await harness.append({ changes: 4 });
    const consumer = await new RecordingConsumer().subscribe(log, 'restored');
    await consumer.untilCount(4);
    faults.reset();
    await harness.pool.query('delete from event where position > 2');
    await harness.pool.query('update event_consumer set position = 2');
    await harness.append({ changes: 5 });
    faults.heal();
    await consumer.untilCount(9);
    expect(consumer.events.slice(4).map(({ revision, position }) => [revision, position])).toEqual(
      [0, 1, 2, 3, 4].map((n) => [2, n]),
    );
  });

  it('refuses at once a login without the rights, and works on a pool that is given', async () => {
    const role = 'muster_test_stranger';
    await harness.pool.query(
      `do $$ begin create role ${role} nologin; exception when duplicate_object or unique_violation then null; end $$`,
    );
    const stranger = createPostgresEventLog({ url: harness.database.urlAs(role) });
    await expect(new RecordingConsumer().subscribe(stranger, 'stranger')).rejects.toMatchObject({
      code: 'log-refused',
    });
    await stranger.close();
    const log = createPostgresEventLog({ pool: harness.pool });
    const consumer = await new RecordingConsumer().subscribe(log, 'pooled');
    await harness.append();
    await consumer.untilCount(1);
    await log.close();
    expect((await harness.pool.query<{ one: number }>('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('reports', () => {
  it('let in an instance whose clock was set back once the other has been silent for a minute', async () => {
    const { log } = await harness.openReports();
    await log.send(sampleReport('node-1', 'before', LATER, 5));
    await log.send(sampleReport('node-1', 'after', EARLY, 1));
    expect(await instances()).toEqual(['before']);
    await harness.pool.query(`update node_report set received_at = received_at - interval '61 seconds'`);
    await log.send(sampleReport('node-1', 'before', LATER, 4));
    expect(await instances()).toEqual(['before']);
    await log.send(sampleReport('node-1', 'after', EARLY, 1));
    expect(await instances()).toEqual(['after']);
  });

  it('say that the database is away instead of waiting for ever', async () => {
    const { log, faults } = await harness.openReports();
    faults.stall();
    await expect(log.send(sampleReport('node-1', 'a', EARLY, 1))).rejects.toMatchObject({ code: 'log-unavailable' });
    faults.heal();
    await log.send(sampleReport('node-1', 'a', EARLY, 1));
    expect(await instances()).toEqual(['a']);
  });

  async function instances(): Promise<string[]> {
    const { rows } = await harness.pool.query<{ instance: string }>('select instance from node_report');
    return rows.map(({ instance }) => instance);
  }
});
