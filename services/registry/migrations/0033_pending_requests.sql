-- 0033_pending_requests.sql: what somebody wanted to register beyond their
-- grant, for an operator to decide. The newest of each grant.
-- Deploy: adds only.
CREATE TABLE pending_requests (
    pending_id      bigint      NOT NULL PRIMARY KEY
                                GENERATED ALWAYS AS IDENTITY,
    grant_name      text        NOT NULL UNIQUE
                                REFERENCES grants ON DELETE CASCADE,
    wanted          jsonb       NOT NULL,
    hs_token_sealed bytea       NOT NULL,
    differences     jsonb       NOT NULL,
    create_time     timestamptz NOT NULL
);
