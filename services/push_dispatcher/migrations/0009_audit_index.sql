-- 0009_audit_index.sql: audit records are read by application service.
-- Deploy: adds only.
-- For PostgresOperatorStore::ListAuditRecords().
CREATE INDEX audit_records_by_appservice ON audit_records (appservice_id, id);
