-- 0020_deactivation.sql: users end, and application services' devices need no token.
-- Deploy: adds only. (The release before this one knows no device without a token, and finds none by it.)
ALTER TABLE users ADD COLUMN deactivate_time timestamptz;  -- NULL: it is active.
ALTER TABLE devices ALTER COLUMN access_token_sha256 DROP NOT NULL;
