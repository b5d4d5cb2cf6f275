-- 0003_revision.sql: the order of changes.
-- Deploy: adds only.

-- One row. Every change locks it before it reads anything and holds it until it
-- is committed, so changes come one after the other, revisions are dense, and
-- none becomes visible before those below it.
CREATE TABLE revision (
    only_row boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint  NOT NULL CHECK (revision >= 1)
);
INSERT INTO revision (revision) VALUES (1);

-- Uids that are gone, so that a consumer that has missed it can be told.
CREATE TABLE removals (
    uid      bigint NOT NULL PRIMARY KEY,
    revision bigint NOT NULL
);
-- For PostgresRegistryStore::ListChanges() and the pruning of old ones.
CREATE INDEX removals_by_revision ON removals (revision);
