-- 0001_grants.sql: what operators allow the holders of as_tokens to claim.
-- Deploy: the first of its schema.
CREATE TABLE grants (
    name            text        NOT NULL PRIMARY KEY
                                CHECK (octet_length(name) BETWEEN 1 AND 128),
    as_token_sha256 bytea       NOT NULL UNIQUE
                                CHECK (octet_length(as_token_sha256) = 32),
    url_prefix      text        NOT NULL
                                CHECK (octet_length(url_prefix) <= 2048),
    create_time     timestamptz NOT NULL
);

CREATE TABLE ceilings (
    grant_name text NOT NULL REFERENCES grants ON DELETE CASCADE,
    kind       text NOT NULL CHECK (kind IN ('users', 'aliases', 'rooms')),
    position   int  NOT NULL CHECK (position >= 0),
    regex      text NOT NULL CHECK (octet_length(regex) BETWEEN 1 AND 1024),
    PRIMARY KEY (grant_name, kind, position)
);
