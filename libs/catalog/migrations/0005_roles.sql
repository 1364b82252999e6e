-- Who may do what. Roles belong to the whole server, so they may exist already, or be made by a neighbour database at this
-- very moment. A service connects as a login that is a member of one of them.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['muster_importer', 'muster_agent', 'muster_status'] loop
    if not exists (select from pg_roles where rolname = role_name) then
      begin
        execute format('create role %I nologin', role_name);
      exception when duplicate_object or unique_violation then
        null;
      end;
    end if;
  end loop;
end
$$;

-- Every service compares the schema with its own before it starts.
grant select on schema_migration to muster_importer, muster_agent, muster_status;

-- import-service: writes the catalog, ships the outbox, collects blobs, gives orders. History is never rewritten: the only
-- columns that change are those named here.
grant select on all tables in schema public to muster_importer;
grant insert on blob, blob_chunk, package, package_entity, revision, revision_change, extension, entity, event, audit,
  node_order, proposal, proposal_package, proposal_readiness, deploy_lease, event_consumer, api_token, node, node_report
  to muster_importer;
grant delete on blob, blob_chunk, extension, entity, deploy_lease, event_consumer, proposal_package to muster_importer;
grant update (blob, released_at, signature, signature_key) on package to muster_importer;
grant update (sha256, revision, succeeds) on extension to muster_importer;
grant update (published_at) on revision, event to muster_importer;
grant update (position, updated_at) on event_consumer to muster_importer;
grant update (retired_at, stopped_at, lease_until, login) on node to muster_importer;
grant update (done_at, result, expires_at) on node_order to muster_importer;
grant update (state, reason, settled_at, revision, expires_at) on proposal to muster_importer;
grant update (expires_at, last_used_at, revoked_at) on api_token to muster_importer;
grant update (expires_at, instance, extension, granted_at) on deploy_lease to muster_importer;
-- `select … for update` on a blob asks for the right to update a column of it.
grant update (created_at) on blob to muster_importer;

-- sync-agent: reads what is wanted and its bytes; writes its own reports, its place in the log, and its own node row.
grant select on catalog, blob, blob_chunk, package, package_entity, revision, revision_change, extension, entity, event,
  event_consumer, node_report, node, node_order, proposal, proposal_package, proposal_readiness, deploy_lease
  to muster_agent;
grant insert (consumer, position, updated_at) on event_consumer to muster_agent;
grant update (position, updated_at) on event_consumer to muster_agent;
grant insert, update on node_report to muster_agent;
grant insert (id, storage_id, instance, address, started_at, lease_until) on node to muster_agent;
grant update (storage_id, instance, address, started_at, lease_until, stopped_at, retired_at) on node to muster_agent;
grant update (done_at, result) on node_order to muster_agent;
grant insert, update on proposal_readiness to muster_agent;
grant insert, update, delete on deploy_lease to muster_agent;

-- status-service: reads all but secrets; writes its read models and its place in the log.
grant select on catalog, package, package_entity, revision, revision_change, extension, entity, event, event_consumer,
  node_report, node, node_order, proposal, proposal_readiness, deploy_lease, audit, node_status, revision_convergence
  to muster_status;
grant insert, update, delete on node_status, revision_convergence to muster_status;
grant insert (consumer, position, updated_at), update (position, updated_at) on event_consumer to muster_status;

-- An agent speaks for the nodes that its own login enrolled, and for no other. Agents that share one login can be told
-- apart by nobody; give each node a login of its own where that matters.
create function speaks_for(node_id text) returns boolean language sql stable as $$
  select not exists (select from node where id = node_id and login <> session_user)
$$;

do $$
declare
  table_name text;
begin
  foreach table_name in array
    array['event_consumer', 'node_report', 'node', 'node_order', 'proposal_readiness', 'deploy_lease'] loop
    execute format('alter table %I enable row level security', table_name);
    execute format('create policy read_all on %I for select using (true)', table_name);
    execute format('create policy services on %I to muster_importer, muster_status using (true) with check (true)', table_name);
  end loop;
end
$$;
create policy own_place on event_consumer to muster_agent using (login = session_user) with check (login = session_user);
create policy own_node on node to muster_agent using (login = session_user) with check (login = session_user);
create policy own_reports on node_report to muster_agent using (speaks_for(node)) with check (speaks_for(node));
create policy own_orders on node_order to muster_agent using (speaks_for(node)) with check (speaks_for(node));
create policy own_readiness on proposal_readiness to muster_agent using (speaks_for(node)) with check (speaks_for(node));
create policy own_lease on deploy_lease to muster_agent using (speaks_for(node)) with check (speaks_for(node));
