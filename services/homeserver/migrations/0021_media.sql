-- 0021_media.sql: files that clients keep here, in pieces; docs/adr/0010 says why in tables.
-- Deploy: adds only.
CREATE TABLE media (
    media_id     text        PRIMARY KEY CHECK (octet_length(media_id) BETWEEN 1 AND 64),
    owner        text        NOT NULL REFERENCES users,
    content_type text        NOT NULL CHECK (octet_length(content_type) BETWEEN 1 AND 255),
    file_name    text        NOT NULL CHECK (octet_length(file_name) <= 255),
    byte_count   bigint      NOT NULL CHECK (byte_count >= 0),
    create_time  timestamptz NOT NULL
);

CREATE TABLE media_chunks (
    media_id    text    NOT NULL REFERENCES media,
    chunk_index integer NOT NULL CHECK (chunk_index >= 0),
    content     bytea   NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 262144),
    PRIMARY KEY (media_id, chunk_index)
);
-- Pictures are compressed already.
ALTER TABLE media_chunks ALTER COLUMN content SET STORAGE EXTERNAL;

-- How much each user keeps; '' stands for all of them together.
CREATE TABLE media_usage (
    owner      text   PRIMARY KEY,
    byte_count bigint NOT NULL CHECK (byte_count >= 0)
);
