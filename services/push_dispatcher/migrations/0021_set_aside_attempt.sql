-- 0021_set_aside_attempt.sql: how the last attempt went of what was set aside.
-- Deploy: adds only.
ALTER TABLE set_aside_transactions
    ADD COLUMN attempts          bigint NOT NULL DEFAULT 0,  -- 0: not known.
    ADD COLUMN last_http_status  int    NOT NULL DEFAULT 0,
    ADD COLUMN last_error        text   NOT NULL DEFAULT ''
        CHECK (octet_length(last_error) <= 1024),
    ADD COLUMN last_answer       text   NOT NULL DEFAULT ''
        CHECK (octet_length(last_answer) <= 1024),
    ADD COLUMN last_attempt_time timestamptz;
