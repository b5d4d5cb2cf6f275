-- How the tables of push_dispatcher would be spread over the nodes of a Citus cluster: by application service (uid).
-- Read docs/guides/growing.md first. Causeway has not been run on Citus: what its statements would need there is listed
-- in that page. tests/end_to_end/test_distribution_key.py holds this file against the real schema, and every statement
-- of a delivery against the key.
--
--   psql -d causeway -U push_dispatcher -f citus.sql       on the coordinator, once, with push_dispatcher stopped

\set ON_ERROR_STOP on
SET search_path = push_dispatcher;

-- One row, or some, for each application service, written whenever something is queued for it or taken by it. On one
-- node for each of them, so that a seal, the acknowledgement before it and what is set aside are one commit there.
SELECT create_distributed_table('queues', 'uid');
-- With all its partitions. Those to come are attached by open_generation(), by which Citus spreads them, too.
SELECT create_distributed_table('queue_entries', 'uid', colocate_with => 'queues');
SELECT create_distributed_table('set_aside_transactions', 'uid', colocate_with => 'queues');

-- A copy on each node: few rows, changed by registrations alone, and looked up beside `queues`.
SELECT create_reference_table('appservices');

-- What is of no one application service stays on the coordinator.
-- local: sources                 one row a source, which every Publish sets: all copies would be written each time
-- local: source_points           of sources
-- local: source_incarnations     of sources
-- local: segments                a batch, once for all who want of it, in the commit that moves its source; with
--                                partitions, which reference tables of Citus can't have
-- local: generations             which partitions there are
-- local: room_members            what decides whom an event concerns, before it is anybody's
-- local: room_aliases            the same
-- local: upstream_transactions   what tells a repeat, in the commit that moves its source
-- local: applied_registry        one row
-- local: replicas                one row a replica, each of which counts up once a second
-- local: audit_records           in one order for all; written by operators' acts, not by deliveries
-- local: schema_migrations
