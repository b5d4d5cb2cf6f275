-- 0005_audit.sql: what was done to queues other than delivering them (P6).
-- Deploy: adds only.
CREATE TABLE audit_records (
    id            bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    create_time   timestamptz NOT NULL DEFAULT now(),
    actor         text        NOT NULL,  -- "operator" or "push_dispatcher".
    action        text        NOT NULL,
    uid           bigint      NOT NULL,
    appservice_id text        NOT NULL,
    reason        text        NOT NULL CHECK (octet_length(reason) <= 1024)
);
