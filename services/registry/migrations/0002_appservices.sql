-- 0002_appservices.sql: what is registered.
-- Deploy: adds only.

-- Not an identity column: the uid is part of what the hs_token is sealed with,
-- so it is needed before the row is. A sequence never gives a number twice, not
-- even after a rollback.
CREATE SEQUENCE appservice_uids AS bigint;

CREATE TABLE appservices (
    uid               bigint      NOT NULL PRIMARY KEY CHECK (uid >= 1),
    id                text        NOT NULL UNIQUE
                                  CHECK (octet_length(id) BETWEEN 1 AND 255),
    grant_name        text        NOT NULL UNIQUE REFERENCES grants,
    url               text        NOT NULL CHECK (octet_length(url) <= 2048),
    hs_token_sealed   bytea       NOT NULL,
    sender_localpart  text        NOT NULL UNIQUE
                                  CHECK (octet_length(sender_localpart)
                                         BETWEEN 1 AND 255),
    rate_limited      boolean     NOT NULL,
    protocols         jsonb       NOT NULL,
    receive_ephemeral boolean     NOT NULL,
    dialect           text        NOT NULL CHECK (dialect IN ('draft', 'v1')),
    revision          bigint      NOT NULL,
    create_time       timestamptz NOT NULL,
    update_time       timestamptz NOT NULL
);
-- For PostgresRegistryStore::ListChanges().
CREATE INDEX appservices_by_revision ON appservices (revision);

CREATE TABLE namespaces (
    appservice_uid bigint  NOT NULL REFERENCES appservices ON DELETE CASCADE,
    position       int     NOT NULL CHECK (position >= 0),
    kind           text    NOT NULL CHECK (kind IN ('users', 'aliases', 'rooms')),
    regex          text    NOT NULL CHECK (octet_length(regex) BETWEEN 1 AND 1024),
    exclusive      boolean NOT NULL,
    PRIMARY KEY (appservice_uid, position)
);
