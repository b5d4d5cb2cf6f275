-- 0032_audit_append_only.sql: what was written stays as it was written, also
-- when a later release has a mistake.
-- Deploy: adds only.
CREATE FUNCTION refuse_to_change_audit_records() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_records only grows';
END $$;
CREATE TRIGGER audit_records_only_grow
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_audit_records();
