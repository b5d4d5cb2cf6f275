-- 0010_served_events.sql: redacted events are served without their content.
-- Deploy: adds only; the release before this one serves them as they were.

-- What is served in place of event_json, since this event, or the one whose
-- place it took, was redacted. event_json stays: prefix_sha256 covers it.
ALTER TABLE stream ADD COLUMN served_json text;
