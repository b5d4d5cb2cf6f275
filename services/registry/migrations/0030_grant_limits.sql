-- 0030_grant_limits.sql: what a grant's holder may not do, and for how long it
-- may do the rest. What was granted before goes on as it was: hence the
-- defaults. No expire_time: never.
-- Deploy: adds only; the release before this one keeps working, and what it
-- stores has no limits.
ALTER TABLE grants
    ADD COLUMN allow_broad              boolean NOT NULL DEFAULT true,
    ADD COLUMN private_networks_allowed boolean NOT NULL DEFAULT true,
    ADD COLUMN expire_time              timestamptz;
-- For PostgresRegistryStore::ListExpiredInUse().
CREATE INDEX grants_by_expire_time ON grants (expire_time)
    WHERE expire_time IS NOT NULL;
