-- The cluster's truth: packages and their bytes, what is current, and the history of how it became so.
-- Digests are lower-case hexadecimal text; times are timestamptz by the clock of this database.

-- One row: names this catalog, so that a node can tell it from an empty or restored one.
create table catalog (
  one boolean primary key default true check (one),
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default clock_timestamp()
);
insert into catalog default values;

-- A zip's bytes. A fresh id for every upload, so that two uploads of the same bytes never wait for each other. A blob that
-- no package refers to is collected after a grace period.
create table blob (
  id uuid primary key,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null check (size_bytes >= 0),
  created_at timestamptz not null default clock_timestamp()
);

-- The bytes in rows of 256 KB, written and read by COPY BINARY only. The foreign key is deferred because the row of `blob`
-- is written after its last byte.
create table blob_chunk (
  blob uuid not null references blob (id) on delete cascade deferrable initially deferred,
  n integer not null check (n >= 0),
  bytes bytea not null,
  primary key (blob, n)
);
-- Zips do not compress again: plain out-of-line storage writes faster and lets a range be sliced.
alter table blob_chunk alter column bytes set storage external;

-- One immutable version of an extension. The row stays for ever as history; only its zip may be collected (blob null).
create table package (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  name text not null,
  version text not null,
  size_bytes bigint not null check (size_bytes >= 0),
  unpacked_bytes bigint not null check (unpacked_bytes >= 0),
  metadata jsonb not null,
  -- The metadata's dependsOn by itself: every commit and every look at what is wanted reads it, of all extensions.
  depends_on jsonb not null,
  manifest jsonb not null,
  tree_digest text not null check (tree_digest ~ '^[0-9a-f]{64}$'),
  tree_digest_version integer not null,
  signature text,
  signature_key text,
  blob uuid references blob (id),
  created_at timestamptz not null default clock_timestamp(),
  -- When it stopped being current; its zip is kept for roll back from then on. Null while it is current.
  released_at timestamptz
);
-- A blob belongs to one package; collection asks whether anybody refers to it.
create unique index package_blob on package (blob) where blob is not null;
-- Roll back and the detail page look for the versions of one extension.
create index package_name on package (name, created_at);

-- What a package brings, as its metadata says: history, kept after the entity has another owner.
create table package_entity (
  sha256 text not null references package (sha256),
  type text not null,
  name text not null,
  primary key (sha256, type, name)
);
-- Every commit asks which packages ever brought an entity of those that come.
create index package_entity_entity on package_entity (type, name);

-- One commit to the catalog. `number` has no gaps and grows in commit order, because it is drawn under an advisory lock.
create table revision (
  number bigint primary key check (number > 0),
  chain text not null check (chain ~ '^[0-9a-f]{64}$'),
  root_digest text not null check (root_digest ~ '^[0-9a-f]{64}$'),
  root_digest_version integer not null,
  -- The importer's own id of the attempt: the answer to "did my commit come through?".
  import_id text not null unique,
  actor text not null,
  committed_at timestamptz not null,
  traceparent text,
  -- When the event log's broker had acknowledged it.
  published_at timestamptz
);
-- The relay and the health page look for what is not published yet; nearly always nothing.
create index revision_unpublished on revision (number) where published_at is null;

-- The changes of a revision, in order. `sha256` is of the package that comes, or of the one that goes with a removal.
create table revision_change (
  revision bigint not null references revision (number),
  position integer not null check (position >= 0),
  action text not null check (action in ('install', 'upgrade', 'downgrade', 'reinstall', 'remove')),
  extension text not null,
  version text not null,
  sha256 text not null references package (sha256),
  previous_version text,
  previous_sha256 text references package (sha256),
  primary key (revision, position),
  -- One extension changes at most once in a revision.
  unique (revision, extension)
);
-- The history of one extension, and which later revision changed it first.
create index revision_change_extension on revision_change (extension, revision);

-- What every node is to have: the current package of each extension.
create table extension (
  name text primary key,
  -- The name folded (NFKC, lower case): two names with one key would be one directory on some file systems.
  name_key text not null unique,
  sha256 text not null unique references package (sha256),
  -- The revision that last changed it.
  revision bigint not null references revision (number) deferrable initially deferred,
  -- Names of the other extensions of which a package brought one of its entities before: where such a one still stands on a
  -- node, it has to give the entity up there first. Kept here because history is walked once, in the commit, not in every look.
  succeeds text[] not null default '{}'
);

-- Who owns an entity now.
create table entity (
  type text not null,
  name text not null,
  extension text not null references extension (name) on delete cascade deferrable initially deferred,
  primary key (type, name, extension)
);
-- Exactly one owner, except for localisation tables, which merge.
create unique index entity_one_owner on entity (type, name) where type <> 'LocalizationTable';
-- Taking an extension's entities out when it goes.
create index entity_extension on entity (extension);
