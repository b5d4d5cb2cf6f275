-- 0001_accounts.sql: users, their devices with one access token each, filters.
-- Deploy: the first one.
CREATE TABLE users (
    user_id       text        PRIMARY KEY CHECK (octet_length(user_id) BETWEEN 1 AND 255),
    password_hash text,       -- NULL: a virtual user, which has none.
    display_name  text        CHECK (octet_length(display_name) BETWEEN 1 AND 512),
    avatar_url    text        CHECK (octet_length(avatar_url) BETWEEN 1 AND 2048),
    create_time   timestamptz NOT NULL
);

CREATE TABLE devices (
    user_id             text        NOT NULL REFERENCES users,
    device_id           text        NOT NULL CHECK (octet_length(device_id) BETWEEN 1 AND 255),
    display_name        text        NOT NULL CHECK (octet_length(display_name) <= 255),
    access_token_sha256 bytea       NOT NULL CHECK (octet_length(access_token_sha256) = 32),
    create_time         timestamptz NOT NULL,
    PRIMARY KEY (user_id, device_id)
);
-- For PostgresUserStore::FindToken() and EndSession().
CREATE UNIQUE INDEX devices_by_access_token ON devices (access_token_sha256);

CREATE TABLE filters (
    user_id     text        NOT NULL REFERENCES users,
    filter_id   text        NOT NULL,  -- From the SHA-256 of filter_json.
    filter_json bytea       NOT NULL CHECK (octet_length(filter_json) <= 65536),
    create_time timestamptz NOT NULL,
    PRIMARY KEY (user_id, filter_id)
);
