-- 0001_sources.sql: where each source of events stands, and which registrations
-- its events are matched against.
-- Deploy: adds only.

-- Ingest moves a row by compare-and-set on (next_position, prefix_sha256,
-- registry_revision), in the transaction that stores the events: two writers,
-- a stale memory or a stale registry snapshot can't both be right.
CREATE TABLE sources (
    id                int    GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name              text   NOT NULL UNIQUE
                             CHECK (octet_length(name) BETWEEN 1 AND 255),
    next_position     bigint NOT NULL DEFAULT 1 CHECK (next_position >= 1),
    prefix_sha256     bytea  NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
                             CHECK (octet_length(prefix_sha256) = 32),
    incarnation       bigint NOT NULL DEFAULT 1,
    registry_revision bigint NOT NULL
) WITH (fillfactor = 50);

-- The revision of the registry that is in force: one row. New sources start
-- with it; it changes, in them too, while `sources` is locked.
CREATE TABLE applied_registry (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    revision bigint  NOT NULL
);
INSERT INTO applied_registry (revision) VALUES (0);

-- Every application service that push has ever heard of. A row with a
-- tombstone stays: its uid is never used again, so that whatever is still under
-- way for it (an acknowledgement, a Publish) revives nothing.
CREATE TABLE appservices (
    uid             bigint      PRIMARY KEY,
    appservice_id   text        NOT NULL,
    unregister_time timestamptz,
    -- Its queue was dropped, and the queue's entries (they may be many) are
    -- still to be deleted.
    sweep_entries   boolean     NOT NULL DEFAULT false
);
-- For PostgresOperatorStore::Sweep().
CREATE INDEX appservices_to_sweep ON appservices (uid) WHERE sweep_entries;
