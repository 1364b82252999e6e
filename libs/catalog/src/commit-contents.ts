import { TREE_DIGEST_VERSION } from '@muster/contracts';
import type { OwnedEntity } from '@muster/contracts';
import type { Session } from './database.js';
import { findOwners } from './entity.store.js';
import type { CommitRefused, DraftInstall, NewPackage, RevisionDraft } from './revision-draft.js';
import { nameOf } from './settle-draft.js';

function incoming(draft: RevisionDraft): NewPackage[] {
  const packages = draft.changes
    .filter((change): change is DraftInstall => change.action !== 'remove')
    .map((change) => change.package);
  // Row locks are taken in one order by everybody.
  return packages.sort((left, right) => (left.sha256 < right.sha256 ? -1 : 1));
}

/** Takes out the entities of all that changes and puts in those that come; refused where another extension owns one. */
export async function prepareEntities(session: Session, draft: RevisionDraft): Promise<CommitRefused | undefined> {
  await session.query('delete from entity where extension = any($1)', [draft.changes.map(nameOf)]);
  const entities = distinct(
    incoming(draft).flatMap(({ metadata }) =>
      metadata.entities.map(({ type, name }) => ({ type, name, extension: metadata.name })),
    ),
  );
  const inserted = await session.query<OwnedEntity>(
    `insert into entity (type, name, extension)
     select type, name, extension from unnest($1::text[], $2::text[], $3::text[]) as e (type, name, extension)
     order by type, name on conflict do nothing returning type, name, extension`,
    [entities.map(({ type }) => type), entities.map(({ name }) => name), entities.map(({ extension }) => extension)],
  );
  if (inserted.length === entities.length) return undefined;
  const done = new Set(inserted.map(entityKey));
  const refused = entities.filter((entity) => !done.has(entityKey(entity)));
  return refusal(refused, await findOwners(session, refused));
}

/**
 * Puts the packages in with their blobs, or takes up again those that were there before; gives up what goes. Every row of
 * `package` that the commit touches is locked here, before the advisory lock, so that nobody waits for a row under it.
 */
export async function preparePackages(session: Session, draft: RevisionDraft): Promise<CommitRefused | undefined> {
  const packages = incoming(draft);
  await holdBlobs(session, packages);
  for (const one of packages) {
    const refused = await putPackage(session, one);
    if (refused) return refused;
  }
  const coming = new Set(packages.map(({ sha256 }) => sha256));
  const going = draft.changes.flatMap(({ expected }) => (expected === null || coming.has(expected) ? [] : [expected]));
  await session.query(
    `update package set released_at = clock_timestamp()
     where sha256 in (select sha256 from package where sha256 = any($1) order by sha256 for no key update)`,
    [going],
  );
  await purge(session, draft);
  return undefined;
}

/** Keeps collection away from the uploaded blobs; one that is gone already shows as a violated reference. */
async function holdBlobs(session: Session, packages: readonly NewPackage[]): Promise<void> {
  const blobs = packages.flatMap(({ blob }) => blob ?? []);
  await session.query('select id from blob where id = any($1) order by id for share', [blobs]);
}

async function putPackage(session: Session, one: NewPackage): Promise<CommitRefused | undefined> {
  const { sha256, sizeBytes, unpackedBytes, metadata, manifest, treeDigest, blob } = one;
  const inserted = await session.query(
    `insert into package (sha256, name, version, size_bytes, unpacked_bytes, metadata, depends_on, manifest, tree_digest,
       tree_digest_version, blob)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (sha256) do nothing returning sha256`,
    [
      sha256,
      metadata.name,
      metadata.version,
      sizeBytes,
      unpackedBytes,
      JSON.stringify(metadata),
      JSON.stringify(metadata.dependsOn),
      JSON.stringify(manifest),
      treeDigest,
      TREE_DIGEST_VERSION,
      blob ?? null,
    ],
  );
  if (inserted.length === 1) {
    await session.query(
      `insert into package_entity (sha256, type, name)
       select $1, type, name from unnest($2::text[], $3::text[]) as e (type, name) on conflict do nothing`,
      [sha256, metadata.entities.map(({ type }) => type), metadata.entities.map(({ name }) => name)],
    );
    return blob === undefined ? withoutZip(one) : undefined;
  }
  const [reused] = await session.query<{ blob: string | null }>(
    'update package set released_at = null, blob = coalesce(blob, $2) where sha256 = $1 returning blob',
    [sha256, blob ?? null],
  );
  return reused?.blob ? undefined : withoutZip(one);
}

/** Deletes the zips of removed extensions at once, where the draft says so. */
async function purge(session: Session, draft: RevisionDraft): Promise<void> {
  const purged = draft.changes.flatMap((change) =>
    change.action === 'remove' && change.purge ? [change.expected] : [],
  );
  if (purged.length === 0) return;
  const rows = await session.query<{ blob: string }>(
    `with old as (select sha256, blob from package where sha256 = any($1) and blob is not null for no key update)
     update package p set blob = null from old where p.sha256 = old.sha256 returning old.blob`,
    [purged],
  );
  await session.query('delete from blob where id = any($1)', [rows.map(({ blob }) => blob)]);
}

function withoutZip({ metadata, sha256 }: NewPackage): CommitRefused {
  return {
    ok: false,
    code: 'conflict',
    detail: `the zip of ${metadata.name} ${metadata.version} (${sha256}) is not in the catalog any more`,
    remedy: 'import the zip again',
  };
}

function refusal(refused: readonly OwnedEntity[], owners: readonly OwnedEntity[]): CommitRefused {
  const taken = owners.find(({ type, name, extension }) =>
    refused.some((entity) => entity.type === type && entity.name === name && entity.extension !== extension),
  );
  if (taken === undefined) {
    const [first] = refused;
    const detail = `the entity ${first?.type} ${first?.name} changed its owner at this moment`;
    return { ok: false, code: 'conflict', detail, remedy: 'plan again against the head' };
  }
  const wanting = refused.find(({ type, name }) => type === taken.type && name === taken.name);
  return {
    ok: false,
    code: 'entity-owned',
    detail: `${taken.type} ${taken.name} of ${wanting?.extension} belongs to the extension ${taken.extension}`,
    remedy: `remove ${taken.extension} first, or take the entity out of one of the two`,
  };
}

function distinct(entities: readonly OwnedEntity[]): OwnedEntity[] {
  return [...new Map(entities.map((entity) => [entityKey(entity), entity])).values()];
}

function entityKey({ type, name, extension }: OwnedEntity): string {
  return `${type}\0${name}\0${extension}`;
}
