-- What the status tells beyond convergence: what nodes did, who was refused, and what is held.

-- Something that a node did to its own storage; written by its agent, by the clock of this database: the agent says how long
-- ago each moment was. Each stage ends where the next one begins.
create table node_action (
  id bigint generated always as identity primary key,
  node text not null,
  -- Told once: an agent that does not know whether it was written writes it again.
  instance text not null,
  seq bigint not null,
  extension text not null,
  kind text not null check (kind in ('wanted-change', 'drift-correction')),
  action text not null,
  outcome text not null check (outcome in ('done', 'parked', 'interrupted')),
  revision bigint,
  version text,
  previous_version text,
  detector text not null,
  code text,
  detail text,
  received_at timestamptz,
  started_at timestamptz not null,
  fetched_at timestamptz,
  staged_at timestamptz,
  switched_at timestamptz,
  deployed_at timestamptz,
  proven_at timestamptz,
  at timestamptz not null default clock_timestamp(),
  unique (node, instance, seq)
);
-- The timeline asks for the actions of a few revisions.
create index node_action_revision on node_action (revision) where revision is not null;
-- History is asked for by node and by extension, the latest first, and is thinned out by age.
create index node_action_node on node_action (node, id);
create index node_action_extension on node_action (extension, id);
create index node_action_at on node_action (at);

-- An agent that may not speak for the node it was told to be, or not use the storage it was given: the last time of each.
create table node_refusal (
  node text not null,
  code text not null check (code in ('storage-in-use', 'storage-foreign-node', 'node-id-in-use')),
  -- Who was refused: an address or a host, and its process.
  claimant text not null,
  detail text not null,
  -- The node that holds what was asked for, where it is known.
  holder text,
  at timestamptz not null default clock_timestamp(),
  primary key (node, code, claimant)
);

-- A node in maintenance takes nothing.
alter table node
  add column starts bigint not null default 0,
  add column paused_at timestamptz,
  add column paused_by text,
  add column pause_reason text;

-- One row while the catalog takes no change.
create table catalog_freeze (
  one boolean primary key default true check (one),
  reason text not null,
  actor text not null,
  at timestamptz not null default clock_timestamp()
);

-- Whether the catalog is frozen is asked by every commit; the outcome must not change under it.
grant select on node_action, node_refusal, catalog_freeze to muster_importer, muster_agent, muster_status;
grant insert, delete on catalog_freeze to muster_importer;
grant update (reason, actor, at) on catalog_freeze to muster_importer;
grant update (paused_at, paused_by, pause_reason) on node to muster_importer;
grant delete on node_action, node_refusal to muster_importer;
-- An agent keeps the latest of its own actions.
grant insert, delete on node_action to muster_agent;
grant insert, update, delete on node_refusal to muster_agent;
grant insert (starts), update (starts) on node to muster_agent;

alter table node_action enable row level security;
create policy read_all on node_action for select using (true);
create policy services on node_action to muster_importer, muster_status using (true) with check (true);
create policy own_actions on node_action to muster_agent using (speaks_for(node)) with check (speaks_for(node));
