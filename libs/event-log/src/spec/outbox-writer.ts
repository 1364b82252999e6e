import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { sampleEvent } from '../conformance/harness.js';
import { COMMIT_LOCK } from './postgres-harness.js';

const MAX_CHANGES = 3;

/** The lock in a statement of its own, as the catalog takes it; then what a revision writes to the outbox. */
const COMMIT_FUNCTION = `
  create or replace function spec_commit(import_id text, sample jsonb, changes int) returns void language plpgsql as $$
  declare
    next_revision bigint;
    last_position bigint;
  begin
    perform pg_advisory_xact_lock(${COMMIT_LOCK});
    select coalesce(max(number), 0) + 1 into next_revision from revision;
    select coalesce(max(position), 0) into last_position from event;
    insert into revision (number, chain, root_digest, root_digest_version, import_id, actor, committed_at)
      values (next_revision, lpad(to_hex(next_revision), 64, '0'), repeat('ab', 32), 1, import_id, 'spec', clock_timestamp());
    insert into event (position, revision, payload)
      select last_position + n, next_revision,
             sample || jsonb_build_object('revision', next_revision, 'position', n - 1, 'count', changes, 'extension', import_id || n)
        from generate_series(1, changes) as n;
    perform pg_notify('muster_event', (last_position + changes)::text);
  end $$`;

/**
 * Commits revisions of one to three changes as the catalog does to the tables that the relay reads, and to no others: in
 * one round trip, a tenth of the work, so that thousands can be committed while relays die.
 */
export class OutboxWriter {
  private count = 0;

  constructor(private readonly pool: Pool) {}

  /** Once for a database. */
  static async prepare(pool: Pool): Promise<void> {
    await pool.query(COMMIT_FUNCTION);
  }

  async commit(): Promise<void> {
    this.count += 1;
    const sample = JSON.stringify(sampleEvent(1, 0, 1));
    await this.pool.query('select spec_commit($1, $2, $3)', [randomUUID(), sample, 1 + (this.count % MAX_CHANGES)]);
  }
}
