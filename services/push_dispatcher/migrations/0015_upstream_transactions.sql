-- 0015_upstream_transactions.sql: transactions of upstream homeservers, which
-- repeat them until they are answered.
-- Deploy: adds only.

-- The newest of each source, so that a repeat is known. A source that has any
-- is such a one: its events are given their positions here.
CREATE TABLE upstream_transactions (
    source_id      int         NOT NULL,
    -- Counts the source's transactions from 1. Given under the lock of the row
    -- in `sources`, so it is dense, and what is too old is found by it.
    ordinal        bigint      NOT NULL,
    txn_id         text        NOT NULL
                               CHECK (octet_length(txn_id) BETWEEN 1 AND 255),
    body_sha256    bytea       NOT NULL CHECK (octet_length(body_sha256) = 32),
    first_position bigint      NOT NULL,
    -- Of each event taken from it, the first 16 bytes of the SHA-256 of its ID:
    -- should another body come under the same txn_id, they aren't taken again.
    event_keys     bytea       NOT NULL
                               CHECK (octet_length(event_keys) % 16 = 0),
    create_time    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, ordinal)
);
-- For PostgresIngestStore::ListUpstreamRecords().
CREATE UNIQUE INDEX upstream_transactions_by_id
    ON upstream_transactions (source_id, txn_id, body_sha256);
