-- Proposals: packages that every node stages before one of them is switched. The tables were there and not in use.

-- What a failure on a node is called, beside its words; null with `ready` false means that the node is at work.
alter table proposal_readiness add column code text;

-- `nodes` holds how far each node was when the proposal was settled.
grant update (nodes) on proposal to muster_importer;
