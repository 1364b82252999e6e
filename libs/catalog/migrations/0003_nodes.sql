-- The nodes of the cluster and what is asked of them.

-- A node that has enrolled; expected until it is retired, heard of lately or not.
create table node (
  id text primary key,
  -- Names the storage directory: a second directory under the same id is another node by mistake.
  storage_id text not null,
  -- New with every start of the agent.
  instance text not null,
  address text,
  -- The database login that enrolled it: another login's agent cannot speak for it.
  login text not null default session_user,
  enrolled_at timestamptz not null default clock_timestamp(),
  started_at timestamptz not null default clock_timestamp(),
  -- While this lies ahead, the instance holds the id; renewed by its heartbeat.
  lease_until timestamptz not null,
  stopped_at timestamptz,
  retired_at timestamptz
);

-- Something that a node is told to do outside the normal way; woken through the log, read from here.
create table node_order (
  id uuid primary key default gen_random_uuid(),
  node text not null,
  kind text not null check (kind in ('retry', 'resync', 'verify', 'accept-catalog', 'preview', 'replay')),
  -- What exactly: extensions, range, replay id, whether hooks run again.
  detail jsonb not null default '{}'::jsonb,
  actor text not null,
  created_at timestamptz not null default clock_timestamp(),
  -- After this it is no longer carried out.
  expires_at timestamptz not null,
  done_at timestamptz,
  result jsonb
);
-- An agent asks for its own open orders, oldest first.
create index node_order_pending on node_order (node, created_at) where done_at is null;

-- Packages that are stored and staged everywhere, but not committed: activation is one compare-and-set.
create table proposal (
  id uuid primary key default gen_random_uuid(),
  -- The head that it was made against.
  base_revision bigint not null,
  base_chain text not null,
  changes jsonb not null,
  -- Who is to be asked, and what it would change.
  plan_digest text not null,
  nodes jsonb not null default '[]'::jsonb,
  actor text not null,
  state text not null default 'open' check (state in ('open', 'activated', 'void')),
  reason text,
  created_at timestamptz not null default clock_timestamp(),
  -- Past this, by this database's clock, it is void.
  expires_at timestamptz not null,
  settled_at timestamptz,
  revision bigint references revision (number)
);
-- Agents look for open proposals only.
create index proposal_open on proposal (expires_at) where state = 'open';

-- The packages of a proposal: a reference that keeps their blobs from being collected.
create table proposal_package (
  proposal uuid not null references proposal (id) on delete cascade,
  position integer not null check (position >= 0),
  sha256 text not null,
  blob uuid references blob (id),
  package jsonb not null,
  primary key (proposal, position)
);
-- Collection asks whether a proposal refers to a blob.
create index proposal_package_blob on proposal_package (blob);

-- Which node has staged and verified a proposal.
create table proposal_readiness (
  proposal uuid not null references proposal (id) on delete cascade,
  node text not null,
  instance text not null,
  ready boolean not null,
  reason text,
  at timestamptz not null default clock_timestamp(),
  primary key (proposal, node)
);

-- The nodes that may run deploy hooks at this moment; at most `maxDeploying` of them.
create table deploy_lease (
  node text primary key,
  instance text not null,
  extension text,
  granted_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);

-- Bearer tokens of the REST interface: only the digest of the secret is kept.
create table api_token (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  secret_sha256 text not null unique,
  role text not null check (role in ('reader', 'importer', 'operator', 'administrator')),
  created_at timestamptz not null default clock_timestamp(),
  created_by text not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);

-- Who did, or tried, what. Rows are only ever added: no role may update or delete, and a trigger holds the owner to it.
create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  actor text not null,
  action text not null,
  subject text,
  sha256 text,
  source text,
  outcome text not null,
  revision bigint,
  detail jsonb not null default '{}'::jsonb
);
-- The page lists the latest of one subject.
create index audit_subject on audit (subject, id);

create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_append_only before update or delete or truncate on audit
  for each statement execute function audit_is_append_only();
