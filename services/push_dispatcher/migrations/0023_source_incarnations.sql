-- 0023_source_incarnations.sql: a source whose history has become another one.
-- Deploy: adds only. A process of the release before refuses what such a source
-- publishes, and changes nothing: by its reckoning the hash isn't right.

-- A source begins a new incarnation where its first one began, at position 1,
-- and its positions are put behind all that it has told before: a position
-- here, in this table and in all others, is the source's own and this.
ALTER TABLE sources
    ADD COLUMN position_offset bigint NOT NULL DEFAULT 0
        CHECK (position_offset >= 0),
    -- What is before this was told by an earlier incarnation: it changes rooms
    -- and is delivered to nobody.
    ADD COLUMN news_position   bigint NOT NULL DEFAULT 1,
    ADD COLUMN news_sha256     bytea  NOT NULL
        DEFAULT decode(repeat('00', 32), 'hex')
        CHECK (octet_length(news_sha256) = 32);

-- Where sources have been in their history, by their own positions; now and
-- then, the newest of each. By these a source that differs finds out since when.
CREATE TABLE source_points (
    source_id     int         NOT NULL,
    position      bigint      NOT NULL,
    prefix_sha256 bytea       NOT NULL CHECK (octet_length(prefix_sha256) = 32),
    create_time   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, position)
);

-- How far each incarnation but the last one came, by its own positions. A
-- source that has come by here is not begun anew.
CREATE TABLE source_incarnations (
    source_id     int         NOT NULL,
    incarnation   bigint      NOT NULL,
    end_position  bigint      NOT NULL,
    end_sha256    bytea       NOT NULL CHECK (octet_length(end_sha256) = 32),
    leave_time    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_id, incarnation)
);
