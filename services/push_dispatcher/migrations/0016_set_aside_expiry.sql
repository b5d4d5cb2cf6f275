-- 0016_set_aside_expiry.sql: quarantined bytes are not kept for ever.
-- Deploy: adds only; the constraint allows more than before.
ALTER TABLE set_aside_transactions
    ADD COLUMN expire_time timestamptz,  -- When its bytes were dropped.
    DROP CONSTRAINT set_aside_transactions_check,
    ADD CHECK (kind <> 'quarantined' OR expire_time IS NOT NULL
               OR (format IS NOT NULL AND body_raw_bytes IS NOT NULL
                   AND body IS NOT NULL));
-- For PostgresOperatorStore::Sweep().
CREATE INDEX set_aside_transactions_to_expire
    ON set_aside_transactions (settle_time) WHERE body IS NOT NULL;
