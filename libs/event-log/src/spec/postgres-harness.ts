import type { ExtensionChanged } from '@muster/contracts';
import { migrate } from '@muster/catalog';
import {
  beginLeakCheck,
  createDatabase,
  FaultProxy,
  type LeakCheck,
  rawPool,
  type TestDatabase,
} from '@muster/testing';
import type { ClientBase, Pool } from 'pg';
import { sampleEvent, type AppendOptions, type LogHarness, type Opened } from '../conformance/harness.js';
import type { EventLog, ReportLog } from '../port.js';
import type { PostgresEventLogTuning } from '../postgres/options.js';
import { createPostgresEventLog } from '../postgres/postgres-event-log.js';
import { createPostgresReportLog } from '../postgres/postgres-report-log.js';

/** The advisory lock of the catalog's commits. */
export const COMMIT_LOCK = 0x4d7573746572;

const OWN_NAME = 'harness';

/** Everything is found out within a second or two; the polls are rare enough for a lost wake to be noticed. */
const TUNING: PostgresEventLogTuning = {
  pollIntervalMs: 1_000,
  heartbeatMs: 300,
  deadlineMs: 600,
  retryFirstMs: 20,
  retryMaxMs: 200,
  batchRows: 10,
};

/** Made once for a spec file, for making one takes longer than most tests; it goes with the run. */
let shared: Promise<TestDatabase> | undefined;

/**
 * The real schema in a database of the spec file's own, empty for each test; each opened log goes through a proxy of its own,
 * as the agent's role.
 */
export class PostgresHarness implements LogHarness {
  readonly batchRows = 10;
  private gap = 0;
  private readonly opened: { readonly log: { close(): Promise<void> }; readonly proxy: FaultProxy }[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly pool: Pool,
    private readonly leaks: LeakCheck,
    private readonly isOutbox: boolean,
  ) {}

  /** `isOutbox`: what is appended is left for a relay to ship. */
  static async make({ isOutbox = false } = {}): Promise<PostgresHarness> {
    const mine = await (shared ??= createDatabase({ migrate }));
    const leaks = beginLeakCheck();
    const pool = rawPool(mine.ownerUrl, { max: 10, application_name: OWN_NAME });
    return new PostgresHarness(mine, pool, leaks, isOutbox);
  }

  async append({ changes = 1, rollBack = false }: AppendOptions = {}): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query('begin isolation level read committed');
      await client.query('select pg_advisory_xact_lock($1)', [COMMIT_LOCK]);
      const revision = await nextOf(client, 'select coalesce(max(number), 0)::int + 1 as next from revision');
      const first = (await nextOf(client, 'select coalesce(max(position), 0)::int + 1 as next from event')) + this.gap;
      this.gap = 0;
      await client.query(
        `insert into revision (number, chain, root_digest, root_digest_version, import_id, actor, committed_at)
         values ($1::bigint, lpad(to_hex($1::bigint), 64, '0'), repeat('ab', 32), 1, $2, 'conformance', clock_timestamp())`,
        [revision, `import-${revision}`],
      );
      for (let n = 0; n < changes; n += 1) await this.insertEvent(client, first + n, sampleEvent(revision, n, changes));
      await client.query(`select pg_notify('muster_event', $1)`, [String(first + changes - 1)]);
      await client.query(rollBack ? 'rollback' : 'commit');
    } finally {
      client.release();
    }
  }

  async insertEvent(
    client: ClientBase | Pool,
    position: number,
    payload: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await client.query(
      'insert into event (position, revision, payload, published_at) values ($1, $2, $3, case when $4 then null else clock_timestamp() end)',
      [position, payload['revision'], JSON.stringify(payload), this.isOutbox],
    );
  }

  /** The next revision's events begin some positions later, as if a transaction had drawn those and rolled back. */
  leaveGap(): Promise<void> {
    this.gap += 7;
    return Promise.resolve();
  }

  async committed(): Promise<ExtensionChanged[]> {
    const { rows } = await this.pool.query<{ payload: ExtensionChanged }>(
      'select payload from event order by position',
    );
    return rows.map(({ payload }) => payload);
  }

  async openEvents(tuning: PostgresEventLogTuning = {}): Promise<Opened<EventLog>> {
    return this.open((url) => createPostgresEventLog({ url, ...TUNING, ...tuning }));
  }

  async openReports(): Promise<Opened<ReportLog>> {
    return this.open((url) => createPostgresReportLog({ url, ...TUNING }));
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.map(({ log }) => log.close()));
    await Promise.all(this.opened.map(({ proxy }) => proxy.close()));
    await this.empty();
    await this.pool.end();
    await this.leaks.assertNone();
  }

  /** Cuts what is left of sessions, such as those of a log that crashed. */
  private async empty(): Promise<void> {
    await this.pool.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and usename is not null
          and pid <> pg_backend_pid() and application_name <> $1`,
      [OWN_NAME],
    );
    await this.pool.query('truncate revision, event, event_consumer, node_report cascade');
  }

  private async open<Log extends { close(): Promise<void> }>(make: (url: string) => Log): Promise<Opened<Log>> {
    const proxy = await FaultProxy.inFrontOf(this.database.url);
    const log = make(proxy.urlThrough(this.database.urlAs('muster_agent')));
    this.opened.push({ log, proxy });
    const shut = (): void => {
      proxy.setNewConnections('reset');
      proxy.reset();
    };
    return {
      log,
      crash: shut,
      faults: { stall: () => proxy.stall(), halfOpen: () => proxy.halfOpen(), reset: shut, heal: () => proxy.heal() },
    };
  }
}

async function nextOf(client: ClientBase, sql: string): Promise<number> {
  const { rows } = await client.query<{ next: number }>(sql);
  return rows[0]?.next ?? 1;
}
