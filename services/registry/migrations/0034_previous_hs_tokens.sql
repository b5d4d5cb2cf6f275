-- 0034_previous_hs_tokens.sql: the hs_token before the last rotation, which is
-- presented too until that time. Empty: none.
-- Deploy: adds only; the release before this one keeps working, with the new
-- one alone.
ALTER TABLE appservices
    ADD COLUMN previous_hs_token_sealed bytea NOT NULL DEFAULT '',
    ADD COLUMN previous_hs_token_until  timestamptz;
