-- 0035_extra_fields.sql: what the specification doesn't have of a registration
-- file, as it came.
-- Deploy: adds only; what the release before this one replaces meanwhile keeps
-- the fields that it had.
ALTER TABLE appservices
    ADD COLUMN extra_fields_yaml text NOT NULL DEFAULT ''
               CHECK (octet_length(extra_fields_yaml) <= 65536);
