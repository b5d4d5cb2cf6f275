-- 0003_queues.sql: the head of each queue, and who may move it.
-- Deploy: adds only.

-- One row for each application service with a URL, updated once for each
-- transaction that is delivered. Half of each page is left free and no updated
-- column is indexed, so that updates stay within the page (HOT) and the table
-- doesn't grow.
CREATE TABLE queues (
    uid                    bigint   PRIMARY KEY,
    owner                  text,              -- replicas.name. NULL: nobody.
    owner_incarnation      text,
    -- Grows with every change of owner. Whoever writes the head names the
    -- epoch that it owns the queue in.
    epoch                  bigint   NOT NULL DEFAULT 0,
    -- The last acknowledged position of each source, by sources.id.
    cursors                bigint[] NOT NULL DEFAULT '{0}',
    -- The last transaction that was sealed. Empty: none.
    head_txn_id            text     NOT NULL DEFAULT '',
    -- It is not acknowledged yet, and is what the columns below say.
    sealed                 boolean  NOT NULL DEFAULT false,
    sealed_source_id       int,
    sealed_last_position   bigint,
    sealed_event_count     int,
    sealed_sha256          bytea,
    sealed_format          int,
    delivered_transactions bigint   NOT NULL DEFAULT 0,
    delivered_events       bigint   NOT NULL DEFAULT 0,
    CHECK (NOT sealed
           OR (sealed_source_id IS NOT NULL AND sealed_last_position IS NOT NULL
               AND sealed_event_count > 0 AND octet_length(sealed_sha256) = 32
               AND sealed_format IS NOT NULL))
) WITH (fillfactor = 50);

-- Who is alive: each replica counts its row up. No clock is compared.
CREATE TABLE replicas (
    name         text   PRIMARY KEY,
    incarnation  text   NOT NULL,   -- Of the process that has the name now.
    grpc_address text   NOT NULL,   -- Where others could wake it.
    heartbeat    bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
