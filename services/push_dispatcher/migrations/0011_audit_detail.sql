-- 0011_audit_detail.sql: what was done stands beside why, not in it.
-- Deploy: adds only.
ALTER TABLE audit_records
    ADD COLUMN detail text NOT NULL DEFAULT ''  -- "n-7, events: 3"
        CHECK (octet_length(detail) <= 1024);
