-- Deploy hooks in turn: who may run them now, who waits, and what has failed where.

-- Numbers that hold for the whole cluster, as operators set them; what is not here has its default.
create table setting (
  name text primary key check (name in ('max-deploying')),
  value integer not null check (value between 1 and 1000),
  actor text not null,
  at timestamptz not null default clock_timestamp()
);

-- One row for each node that runs hooks, or waits to: then it has no `granted_at`, and its place is by `asked_at`. Both expire
-- unless they are renewed. A granted one that has expired was never given back: nobody knows how the hook ended that `changes`
-- names. The column that goes was never written.
alter table deploy_lease
  drop column extension,
  alter column granted_at drop not null,
  alter column granted_at drop default,
  add column service text not null default '',
  add column asked_at timestamptz not null default clock_timestamp(),
  -- The head that the node follows.
  add column revision bigint not null default 0,
  -- What the hook that runs now is for: `[{"extension", "sha256"}]`; empty until the first starts.
  add column changes jsonb not null default '[]';

-- A hook that failed on a node, the latest of each extension: nobody else deploys the same package until it was cleared there,
-- a later revision changed the extension, the node was retired, or an operator has waived it.
create table deploy_failure (
  node text not null,
  extension text not null,
  -- Of the zip that came; null for a removal.
  sha256 text,
  -- The head that the node followed.
  revision bigint not null,
  code text not null,
  detail text not null,
  at timestamptz not null default clock_timestamp(),
  waived_at timestamptz,
  waived_by text,
  primary key (node, extension)
);
-- Every turn asks by extension.
create index deploy_failure_extension on deploy_failure (extension) where waived_at is null;

grant select on setting, deploy_failure to muster_importer, muster_agent, muster_status;
grant insert, delete on setting to muster_importer;
grant update (value, actor, at) on setting to muster_importer;
grant update (service, asked_at, revision, changes) on deploy_lease to muster_importer;
grant insert, update, delete on deploy_failure to muster_importer, muster_agent;

alter table deploy_failure enable row level security;
create policy read_all on deploy_failure for select using (true);
create policy services on deploy_failure to muster_importer, muster_status using (true) with check (true);
create policy own_failures on deploy_failure to muster_agent using (speaks_for(node)) with check (speaks_for(node));
