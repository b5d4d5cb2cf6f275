-- 0050_audit_reasons.sql: why an operator did it.
-- Deploy: adds only; what the release before this one writes has no reason.
ALTER TABLE audit_records ADD COLUMN reason text NOT NULL DEFAULT '';
