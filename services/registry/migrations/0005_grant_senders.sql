-- 0005_grant_senders.sql: a grant names the own user of who registers under it,
-- since to choose one's own user is to claim an ID. Empty: the grant's name.
-- Deploy: adds only; the release before this one keeps working.
ALTER TABLE grants
    ADD COLUMN sender_localpart text NOT NULL DEFAULT ''
               CHECK (octet_length(sender_localpart) <= 255);
