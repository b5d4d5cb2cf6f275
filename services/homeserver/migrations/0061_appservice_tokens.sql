-- 0061_appservice_tokens.sql: an access token that an application service got
-- for one of its users ends with the registration.
-- Deploy: adds only. What the release before this one makes for virtual users
-- after this counts as theirs until they are logged out.

-- Whose registration made the token. NULL: nobody's, a person did by password.
ALTER TABLE devices ADD COLUMN appservice_uid text CHECK (octet_length(appservice_uid) BETWEEN 1 AND 255);
-- The registry's revision that knew that registration: who knows less can't
-- tell whether it has gone.
ALTER TABLE devices ADD COLUMN appservice_revision bigint;
ALTER TABLE devices ADD CONSTRAINT devices_appservice_check
    CHECK ((appservice_uid IS NULL) = (appservice_revision IS NULL));

-- Nobody knows any more who made those of virtual users, so they end; the
-- application service logs in again.
UPDATE devices SET access_token_sha256 = NULL
    FROM users
    WHERE users.user_id = devices.user_id AND users.password_hash IS NULL;
