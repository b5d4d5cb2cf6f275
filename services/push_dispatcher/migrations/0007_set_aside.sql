-- 0007_set_aside.sql: transactions that ended otherwise than by being taken.
-- Deploy: adds only.
CREATE TABLE set_aside_transactions (
    uid            bigint      NOT NULL,
    txn_id         text        NOT NULL,
    id             bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind           text        NOT NULL
                   CHECK (kind IN ('quarantined', 'skipped', 'dropped')),
    reason         text        NOT NULL CHECK (octet_length(reason) <= 1024),
    -- The queue's events of one source behind after_position, up to
    -- last_position.
    source_id      int         NOT NULL,
    after_position bigint      NOT NULL,
    last_position  bigint      NOT NULL,
    event_count    int         NOT NULL,
    settle_time    timestamptz NOT NULL DEFAULT now(),
    -- Of a quarantined one, since its segments may be gone when it is replayed:
    -- the bytes as they were sent, in an LZ4 block, and how many those are.
    format         int,        -- core/transaction_body.h
    body_raw_bytes bigint,
    body           bytea,
    -- When its events were queued again.
    replay_time    timestamptz,
    PRIMARY KEY (uid, txn_id),
    CHECK (kind <> 'quarantined'
           OR (format IS NOT NULL AND body_raw_bytes IS NOT NULL
               AND body IS NOT NULL)),
    CHECK (replay_time IS NULL OR kind = 'quarantined')
);
-- It is compressed already.
ALTER TABLE set_aside_transactions ALTER COLUMN body SET STORAGE EXTERNAL;
-- For PostgresOperatorStore::ListSetAside().
CREATE UNIQUE INDEX set_aside_transactions_by_age
    ON set_aside_transactions (uid, id);
