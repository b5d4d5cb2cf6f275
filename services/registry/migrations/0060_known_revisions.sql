-- 0060_known_revisions.sql: the last revisions that there were, so that one
-- that a restore from a backup has undone isn't taken for one of them. From now
-- on they are made by the clock and not dense, hence their numbers.
-- Deploy: adds only. What the release before this one changes meanwhile
-- consumers are told by a whole snapshot.
CREATE TABLE known_revisions (
    revision bigint NOT NULL PRIMARY KEY,
    number   bigint NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY
);
INSERT INTO known_revisions (revision) SELECT revision FROM revision;
