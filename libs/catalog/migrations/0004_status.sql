-- The status-service's read models: nothing here is the truth, all of it can be made again from reports and revisions.

-- Each node as the status-service saw it last, and since when it has been so.
create table node_status (
  node text primary key,
  state text not null check (state in ('live', 'offline', 'stopped', 'forked', 'retired')),
  since timestamptz not null,
  instance text,
  revision bigint not null default 0,
  root_digest text,
  in_sync boolean not null default false,
  proven_at timestamptz,
  reason text,
  detail jsonb not null default '{}'::jsonb,
  updated_at timestamptz not null default clock_timestamp()
);

-- When the whole cluster had proven a revision for the first time: commit-to-last-node time.
create table revision_convergence (
  revision bigint primary key,
  converged_at timestamptz not null default clock_timestamp(),
  nodes integer not null
);
