-- Recovery: events published again for a range, and what each node made of it.
create table replay (
  id uuid primary key default gen_random_uuid(),
  from_revision bigint not null check (from_revision > 0),
  to_revision bigint not null check (to_revision >= from_revision),
  -- Only these were meant; null means all that the range names.
  extensions jsonb,
  redeploy boolean not null default false,
  -- The plan that the asker agreed to; null where none was asked for.
  plan_digest text check (plan_digest ~ '^[0-9a-f]{64}$'),
  actor text not null,
  events integer not null default 0 check (events >= 0),
  created_at timestamptz not null default clock_timestamp(),
  -- After this a node that was absent no longer carries it out.
  expires_at timestamptz not null
);

-- The part of each node is an order.
alter table node_order add column replay uuid references replay (id);
-- Progress is asked for by replay.
create index node_order_replay on node_order (replay) where replay is not null;

-- A message that only wakes nodes belongs to no revision.
alter table event alter column revision drop not null;

grant select on replay to muster_importer, muster_agent, muster_status;
grant insert, update (events) on replay to muster_importer;
