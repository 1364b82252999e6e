-- Recovery: events published again for a range, and what each node made of it.
create table replay (
  id uuid primary key default gen_random_uuid(),
  from_revision bigint not null check (from_revision > 0),
  to_revision bigint not null check (to_revision >= from_revision),
  -- Only these were meant; null means all that the range names.
  extensions jsonb,
  -- Only these nodes were meant; null means all.
  nodes jsonb,
  redeploy boolean not null default false,
  -- The plan that the asker agreed to; null where none was asked for.
  plan_digest text check (plan_digest ~ '^[0-9a-f]{64}$'),
  actor text not null,
  -- How many events the range holds, how many of them are in the outbox again, and which was the last: whoever goes on after
  -- a crash begins behind it.
  events_total integer not null check (events_total >= 0),
  events integer not null default 0 check (events between 0 and events_total),
  last_revision bigint not null default 0,
  last_position integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  -- After this a node that was absent no longer carries it out.
  expires_at timestamptz not null
);
-- The latest are listed first.
create index replay_created on replay (created_at);
-- Every import-service looks for what nobody has finished; nearly always nothing.
create index replay_unfinished on replay (created_at) where events < events_total;

-- The part of each node is an order.
alter table node_order add column replay uuid references replay (id);
-- Progress is asked for by replay.
create index node_order_replay on node_order (replay) where replay is not null;
-- The orders of a node are listed, carried out or not, the latest first.
create index node_order_node on node_order (node, created_at);

-- A message that only wakes nodes belongs to no revision.
alter table event alter column revision drop not null;

grant select on replay to muster_importer, muster_agent, muster_status;
grant insert, update (events, last_revision, last_position) on replay to muster_importer;
