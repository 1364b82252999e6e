-- The outbox, which is the event log itself where no broker is used, the places of its readers, and the latest reports.

-- Filled in the revision's own transaction under the advisory lock: positions have no gaps and follow commit order.
create table event (
  position bigint primary key check (position > 0),
  revision bigint not null references revision (number),
  -- One ExtensionChanged message.
  payload jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  published_at timestamptz
);
-- A replay reads the events of a range of revisions.
create index event_revision on event (revision);
-- The relay looks for what it has not shipped yet; nearly always nothing.
create index event_unpublished on event (position) where published_at is null;

-- How far each consumer has read. `login` is who wrote it first: nobody else's agent may move it.
create table event_consumer (
  consumer text primary key,
  position bigint not null check (position >= 0),
  updated_at timestamptz not null default clock_timestamp(),
  login text not null default session_user
);

-- The latest full report of each node. The time of arrival is this database's, never the node's.
create table node_report (
  node text primary key,
  instance text not null,
  started_at timestamptz not null,
  seq bigint not null,
  report jsonb not null,
  received_at timestamptz not null default clock_timestamp()
);
