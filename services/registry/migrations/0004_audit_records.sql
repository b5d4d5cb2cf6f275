-- 0004_audit_records.sql: who changed what. Without tokens in any form.
-- Deploy: adds only.
CREATE TABLE audit_records (
    record_id   bigint      NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    revision    bigint      NOT NULL,
    create_time timestamptz NOT NULL,
    actor       text        NOT NULL,
    action      text        NOT NULL CHECK (action <> ''),
    request_id  text        NOT NULL,
    before      jsonb,
    after       jsonb
);
