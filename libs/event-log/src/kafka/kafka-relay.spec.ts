import type { LogMessage } from '@muster/contracts';
import { createDatabase, describeOnKafka, FaultProxy, kafkaForTests, waitFor } from '@muster/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KafkaAdmin, sampleEvent } from '../conformance/index.js';
import { connectionConfig } from '../postgres/statement-runner.js';
import { RELAY_TUNING, RelayCluster } from '../spec/relay-cluster.js';
import type { TopicFollower } from '../spec/topic-follower.js';
import { kafkaSource, type KafkaSource } from './kafka-source.js';
import { type KafkaRelay, startKafkaRelay } from './kafka-relay.js';
import { Outbox } from './relay/outbox.js';
import { RelaySession } from './relay/relay-session.js';
import { withRelayDefaults } from './relay/relay-tuning.js';
import { Shipper } from './relay/shipper.js';

const TUNING = withRelayDefaults(RELAY_TUNING);
const REPLAY = 'b51fcf4c-6e3f-4d0c-8e6f-0d6f2b0a3a11';

await describeOnKafka('the relay', await kafkaForTests(), ({ brokers }) => {
  let cluster: RelayCluster;
  let relays: KafkaRelay[];
  let admin: KafkaAdmin;
  let errors: Error[];
  beforeEach(async () => {
    cluster = await RelayCluster.make(brokers);
    [relays, errors] = [[], []];
    admin = new KafkaAdmin(brokers);
  });
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.close()));
    await admin.close();
    await cluster.close();
  });

  function start(kafka: KafkaSource = cluster.kafka): KafkaRelay {
    const onError = (error: Error): number => errors.push(error);
    const relay = startKafkaRelay({ database: { url: cluster.url }, kafka, tuning: RELAY_TUNING, onError });
    relays.push(relay);
    return relay;
  }

  async function session(): Promise<RelaySession> {
    return RelaySession.open(connectionConfig({ url: cluster.url }, TUNING), TUNING, () => undefined);
  }

  /** Of this cluster: other tests have databases on the same server. */
  async function endLeaders(): Promise<void> {
    await cluster.pool.query(
      `select pg_terminate_backend(pid) from pg_locks
       where locktype = 'advisory' and pid <> pg_backend_pid()
         and database = (select oid from pg_database where datname = current_database())`,
    );
  }

  it('ships a replay and what belongs to no revision, and calls a revision published by its own events only', async () => {
    const [follower] = await cluster.follow(1);
    await commit(1, [sampleEvent(1, 0, 2), sampleEvent(1, 1, 2)], { published: true });
    await commit(2, [sampleEvent(2, 0, 1)]);
    await append(1, [
      { ...sampleEvent(1, 0, 2), replayId: REPLAY },
      { ...sampleEvent(1, 1, 2), replayId: REPLAY },
    ]);
    await append(null, [{ type: 'OrdersGiven', schemaVersion: 1, catalogId: 'conformance' }]);
    start();
    await cluster.untilShipped();
    await received(follower, 4);
    expect(follower?.messages.map(({ position }) => position)).toEqual([3, 4, 5, 6]);
    const { rows } = await cluster.pool.query('select number::int from revision where published_at is not null');
    expect(rows).toEqual([{ number: 2 }]);
  });

  it('does only repeat what was sent when a leader goes on that lost the lead without knowing', async () => {
    const [follower] = await cluster.follow(1);
    for (let revision = 1; revision <= 3; revision += 1) await commit(revision, [sampleEvent(revision, 0, 1)]);
    const paused = await session();
    expect(await paused.tryLead()).toBe(true);
    const outbox = new Outbox(paused, TUNING.readRows);
    const parcels = await outbox.front();
    const shipper = await Shipper.open(cluster.kafka);
    await endLeaders();
    start();
    await commit(4, [sampleEvent(4, 0, 1)]);
    await cluster.untilShipped();
    await shipper.send(parcels);
    await expect(outbox.mark(parcels)).rejects.toMatchObject({ code: 'log-unavailable' });
    await shipper.close();
    paused.close();
    await received(follower, 7);
    expect(follower?.messages.map(({ position }) => position)).toEqual([1, 2, 3, 4, 1, 2, 3]);
    expect(await cluster.check(4)).toEqual([3]);
  });

  it('lets one lead only, and another take over when it ends', async () => {
    const first = start();
    await waitFor(() => first.leading, { what: 'the first to lead' });
    const second = start();
    const rival = await session();
    expect(await rival.tryLead()).toBe(false);
    rival.close();
    expect(await second.health()).toMatchObject({ ok: true, leading: false, unpublished: 0 });
    await first.close();
    await waitFor(() => second.leading, { what: 'the second to lead' });
    await commit(1, [sampleEvent(1, 0, 1)]);
    await cluster.untilShipped();
    expect(errors).toEqual([]);
  });

  it('gives the lead away when its session is ended, and takes it again', async () => {
    const relay = start();
    await waitFor(() => relay.leading, { what: 'the relay to lead' });
    await endLeaders();
    await waitFor(() => errors.length > 0, { what: 'the loss to be told' });
    await commit(1, [sampleEvent(1, 0, 1)]);
    await cluster.untilShipped();
    await waitFor(async () => (await relay.health()).ok, { what: 'the relay to be well again' });
  });

  it('ships the largest revision as one batch', async () => {
    const [follower] = await cluster.follow(1);
    const actor = 'x'.repeat(600);
    await commit(
      1,
      Array.from({ length: 1_000 }, (_, n) => ({ ...sampleEvent(1, n, 1_000), actor })),
    );
    start();
    await cluster.untilShipped();
    await received(follower, 1_000);
    expect(await cluster.check(1)).toEqual([0]);
    expect(errors).toEqual([]);
  });

  it('makes the topic again that is deleted under it', async () => {
    const relay = start();
    await waitFor(() => relay.leading, { what: 'the relay to lead' });
    await cluster.deleteTopic();
    await commit(1, [sampleEvent(1, 0, 1)]);
    await cluster.untilShipped();
    const [follower] = await cluster.follow(1);
    await received(follower, 1);
  });

  it('makes the topic again that is deleted while there is nothing to ship', async () => {
    const relay = start();
    await waitFor(() => relay.leading, { what: 'the relay to lead' });
    await cluster.deleteTopic();
    await waitFor(async () => (await admin.partitionsOf(cluster.kafka.events.topic).catch(() => 0)) === 1, {
      what: 'the topic made anew',
    });
  });

  it('ships nothing to a topic that has more partitions, and says so', async () => {
    const relay = start();
    await waitFor(() => relay.leading, { what: 'the relay to lead' });
    await admin.addPartitions(cluster.kafka.events.topic, 2);
    await waitFor(() => errors.some((error) => error.message.includes('2 partitions')), { what: 'the refusal' });
    await commit(1, [sampleEvent(1, 0, 1)]);
    expect(await relay.health()).toMatchObject({ ok: false, unpublished: 1 });
    await cluster.deleteTopic();
    await cluster.untilShipped();
    await waitFor(async () => (await relay.health()).ok, { what: 'the relay to be well again' });
  });

  it('says that the broker is away, and how much waits for how long, and catches up', async () => {
    const [host = '', port] = brokers.split(':');
    const proxy = await FaultProxy.start({ host, port: Number(port) });
    const kafka = kafkaSource({
      brokers: brokers.split(','),
      clientId: 'spec',
      topicPrefix: cluster.kafka.events.topic.split('.')[0] ?? '',
      cluster: 'relay',
      deadlineMs: 1_000,
      route: () => ({ host: '127.0.0.1', port: proxy.port }),
    });
    const relay = start(kafka);
    await waitFor(() => relay.leading, { what: 'the relay to lead' });
    proxy.setNewConnections('reset');
    proxy.reset();
    await commit(1, [sampleEvent(1, 0, 1)]);
    await commit(2, [sampleEvent(2, 0, 1)]);
    await waitFor(() => errors.length > 1, { what: 'failed attempts' });
    const health = await relay.health();
    expect(health).toMatchObject({ ok: false, unpublished: 2 });
    expect(health.detail).toContain('does not answer');
    expect(health.oldestUnpublishedMs).toBeGreaterThan(0);
    proxy.heal();
    await cluster.untilShipped();
    await waitFor(async () => (await relay.health()).ok, { what: 'the relay to be well again' });
    await relay.close();
    await proxy.close();
  });

  async function received(follower: TopicFollower | undefined, count: number): Promise<void> {
    await waitFor(() => (follower?.messages.length ?? 0) >= count, { what: `${count} messages`, deadlineMs: 30_000 });
  }

  async function commit(revision: number, events: readonly LogMessage[], { published = false } = {}): Promise<void> {
    await cluster.pool.query(
      `insert into revision (number, chain, root_digest, root_digest_version, import_id, actor, committed_at)
       values ($1::bigint, lpad(to_hex($1::bigint), 64, '0'), repeat('ab', 32), 1, $2, 'spec', clock_timestamp())`,
      [revision, `import-${revision}`],
    );
    await append(revision, events, published);
  }

  async function append(revision: number | null, events: readonly LogMessage[], published = false): Promise<void> {
    await cluster.pool.query(
      `insert into event (position, revision, payload, published_at)
       select (select coalesce(max(position), 0) from event) + n, $1, payload::jsonb, case when $3 then clock_timestamp() end
         from unnest($2::text[]) with ordinality as e (payload, n)`,
      [revision, events.map((event) => JSON.stringify(event)), published],
    );
    await cluster.pool.query(`select pg_notify('muster_event', '')`);
  }
});

it('keeps a database session only as long as it is heard from', async () => {
  const database = await createDatabase();
  const open = await RelaySession.open(connectionConfig({ url: database.url }, TUNING), TUNING, () => undefined);
  const silent = { ...TUNING, silenceMs: 200, heartbeatMs: 60_000 };
  const lost = await RelaySession.open(connectionConfig({ url: database.url }, silent), silent, () => undefined);
  expect(await lost.tryLead()).toBe(true);
  await waitFor(() => open.tryLead(), { what: 'the lock of the silent session' });
  expect(() => lost.assertAlive()).toThrow('idle-session timeout');
  lost.close();
  open.close();
  await database.drop();
});
