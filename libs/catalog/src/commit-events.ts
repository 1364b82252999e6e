import { EXTENSION_CHANGED_VERSION } from '@muster/contracts';
import type { ExtensionChanged } from '@muster/contracts';
import type { Session } from './database.js';
import type { Committed, RevisionDraft } from './revision-draft.js';

/** Writes the revision's events to the outbox, in order, and wakes its readers. Call it under the commit's lock only. */
export async function appendEvents(
  session: Session,
  catalogId: string,
  draft: RevisionDraft,
  committed: Committed,
): Promise<void> {
  const { revision, chain, committedAt, changes } = committed;
  const events = changes.map(({ action, extension, version, sha256, sizeBytes }, position): ExtensionChanged => ({
    type: 'ExtensionChanged',
    schemaVersion: EXTENSION_CHANGED_VERSION,
    catalogId,
    revision,
    chain,
    position,
    count: changes.length,
    action,
    extension,
    version,
    sha256,
    sizeBytes,
    committedAt,
    actor: draft.actor,
    ...(draft.traceparent !== undefined && { traceparent: draft.traceparent }),
  }));
  const [last] = await session.query<{ position: number }>('select coalesce(max(position), 0) as position from event');
  const before = last?.position ?? 0;
  await session.query(
    `insert into event (position, revision, payload, published_at)
     select $1 + ordinality, $2, payload::jsonb, $4 from unnest($3::text[]) with ordinality as e (payload, ordinality)`,
    [before, revision, events.map((event) => JSON.stringify(event)), draft.published ? committedAt : null],
  );
  await session.query(`select pg_notify('muster_event', $1)`, [String(before + events.length)]);
}
