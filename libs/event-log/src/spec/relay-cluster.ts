import { randomUUID } from 'node:crypto';
import { Catalog, migrate } from '@muster/catalog';
import { createDatabase, kafkaTopicPrefix, rawPool, type TestDatabase, waitFor } from '@muster/testing';
import type { Pool } from 'pg';
import { expect } from 'vitest';
import { kafkaSource, type KafkaSource } from '../kafka/kafka-source.js';
import { Shipper } from '../kafka/relay/shipper.js';
import { CatalogWriter } from './catalog-writer.js';
import { OutboxWriter } from './outbox-writer.js';
import { RelayChild } from './relay-child.js';
import { firstAppearances, type FollowedMessage, TopicFollower } from './topic-follower.js';

const DEADLINE_MS = 120_000;
const CLUSTER = 'relay';

/** Of any number of writers; the others write to the outbox only. */
const CATALOG_WRITERS = 2;

/** A paused leader is found out within a second or so. */
export const RELAY_TUNING = {
  standbyPollMs: 50,
  silenceMs: 1_000,
  pollIntervalMs: 1_000,
  topicCheckMs: 200,
  retryFirstMs: 20,
  retryMaxMs: 200,
};

/** A catalog, a topic of its own, relays in processes of their own, plain consumers, and writers. */
export class RelayCluster {
  readonly children: RelayChild[] = [];
  private readonly followers: TopicFollower[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly pool: Pool,
    readonly kafka: KafkaSource,
    private readonly prefix: string,
  ) {}

  static async make(brokers: string): Promise<RelayCluster> {
    const database = await createDatabase({ migrate });
    const topicPrefix = kafkaTopicPrefix();
    const kafka = kafkaSource({ brokers: brokers.split(','), clientId: 'spec', topicPrefix, cluster: CLUSTER });
    // Makes the topic, so that followers need not wait for it.
    await (await Shipper.open(kafka)).close();
    const pool = rawPool(database.url, { max: 20 });
    await OutboxWriter.prepare(pool);
    return new RelayCluster(database, pool, kafka, topicPrefix);
  }

  get url(): string {
    return this.database.urlAs('muster_importer');
  }

  startRelay(): void {
    const { brokers } = this.kafka.connection;
    this.children.push(
      new RelayChild({ url: this.url, brokers, prefix: this.prefix, cluster: CLUSTER, tuning: RELAY_TUNING }),
    );
  }

  async kill(child: RelayChild): Promise<void> {
    this.children.splice(this.children.indexOf(child), 1);
    await child.kill();
  }

  /** Kills the leader between the broker's ack and its mark, which is held up by a lock and then ended. */
  async killBeforeMark(): Promise<void> {
    const client = await this.pool.connect();
    const waits = `select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like 'with shipped%'`;
    const heldUp = async (): Promise<boolean> => {
      await client.query('begin');
      await client.query('lock table event in share mode');
      if ((await client.query('select from event where published_at is null limit 1')).rowCount === 1) return true;
      await client.query('rollback');
      return false;
    };
    try {
      await waitFor(heldUp, { what: 'something that is not shipped', deadlineMs: DEADLINE_MS });
      const marks = async (): Promise<boolean> => (await this.pool.query(waits)).rowCount === 1;
      await waitFor(marks, { what: 'the leader to mark what it sent', deadlineMs: DEADLINE_MS });
      await this.kill(await this.leader());
      await this.pool.query(`select pg_terminate_backend(pid) from (${waits}) as marking`);
    } finally {
      await client.query('rollback');
      client.release();
    }
  }

  leader(other?: RelayChild): Promise<RelayChild> {
    const said = (): string => this.children.map((child) => child.said.slice(-3).join(', ')).join(' | ');
    return waitFor(() => this.children.find((child) => child !== other && child.leads), {
      what: () => `a leader; the relays said: ${said()}`,
      deadlineMs: DEADLINE_MS,
    });
  }

  async follow(count: number): Promise<readonly TopicFollower[]> {
    const all = Array.from({ length: count }, (_, n) => new TopicFollower(this.kafka, `${this.prefix}-${n}`));
    this.followers.push(...all);
    await Promise.all(all.map((follower) => follower.start()));
    return all;
  }

  /** So many revisions by so many writers at once; `mayCommit` holds the one of that number up. */
  async write(revisions: number, writers: number, mayCommit: (next: number) => boolean = () => true): Promise<void> {
    const catalog = Catalog.connect({ url: this.url, applicationName: 'spec', poolSize: CATALOG_WRITERS });
    let drawn = 0;
    const one = async (number: number): Promise<void> => {
      const writer =
        number < CATALOG_WRITERS
          ? await CatalogWriter.make(catalog, `writer-${randomUUID().slice(0, 8)}`)
          : new OutboxWriter(this.pool);
      while (drawn < revisions) {
        const next = (drawn += 1);
        const what = `leave for revision ${next}`;
        await waitFor(() => mayCommit(next), { what, deadlineMs: DEADLINE_MS, everyMs: 50 });
        await writer.commit();
      }
    };
    try {
      await Promise.all(Array.from({ length: writers }, (_, number) => one(number)));
    } finally {
      await catalog.close();
    }
  }

  async untilRevision(revision: number): Promise<void> {
    const reached = async (): Promise<boolean> =>
      (await this.pool.query('select from revision where number >= $1 limit 1', [revision])).rowCount === 1;
    await waitFor(reached, { what: `revision ${revision}`, deadlineMs: DEADLINE_MS });
  }

  async untilShipped(): Promise<void> {
    const shipped = async (): Promise<boolean> =>
      (await this.pool.query('select from event where published_at is null limit 1')).rowCount === 0;
    await waitFor(shipped, { what: 'everything to be shipped', deadlineMs: DEADLINE_MS });
  }

  /**
   * Everything that was committed came to every follower, first in commit order, then again only as it was, and revisions
   * whole. Answers how many messages came again.
   */
  async check(revisions: number): Promise<number[]> {
    await this.untilShipped();
    const { rows } = await this.pool.query<{ position: number; text: string }>(
      'select position::int, payload::text as text from event order by position',
    );
    const last = rows.at(-1)?.position;
    const repeats: number[] = [];
    for (const { messages } of this.followers) {
      const arrived = (): boolean => messages.some(({ position }) => position === last);
      await waitFor(arrived, { what: `position ${last}`, deadlineMs: DEADLINE_MS });
      const appearances = firstAppearances(messages);
      expect(appearances.first.map(({ position, text }) => ({ position, text }))).toEqual(rows);
      checkWhole(messages);
      repeats.push(appearances.repeats);
    }
    const published = await this.pool.query('select from revision where published_at is not null');
    expect(published.rowCount).toBe(revisions);
    return repeats;
  }

  async close(): Promise<void> {
    await Promise.all(this.children.map((child) => child.kill()));
    await Promise.all(this.followers.map((follower) => follower.close()));
    await this.pool.end();
    await this.database.drop();
    await this.deleteTopic();
  }

  async deleteTopic(): Promise<void> {
    const link = this.kafka.connection.open();
    const admin = link.kafka.admin();
    await admin.connect();
    await admin.deleteTopics({ topics: [this.kafka.events.topic] });
    await admin.disconnect();
    link.cut();
  }
}

/** A last batch may still be on its way: it is not looked at. */
function checkWhole(messages: readonly FollowedMessage[]): void {
  for (let at = 0; at < messages.length;) {
    const { revision, count } = JSON.parse(messages[at]?.text ?? '') as { revision: number; count: number };
    const places = messages.slice(at, at + count).map(({ text }) => {
      const event = JSON.parse(text) as { revision: number; position: number };
      return [event.revision, event.position];
    });
    expect(places).toEqual(Array.from({ length: Math.min(count, messages.length - at) }, (_, n) => [revision, n]));
    at += count;
  }
}
