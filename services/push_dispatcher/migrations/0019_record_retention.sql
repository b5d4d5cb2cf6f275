-- 0019_record_retention.sql: what was set aside isn't on record for ever.
-- Deploy: adds only.
-- For PostgresOperatorStore::Sweep(): what is old, and has no bytes.
CREATE INDEX set_aside_transactions_to_forget
    ON set_aside_transactions (settle_time) WHERE body IS NULL;
