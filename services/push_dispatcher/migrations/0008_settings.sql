-- 0008_settings.sql: how the queue of one application service is treated.
-- Deploy: adds only; the defaults are what was done so far.

-- In `queues`, not beside it: whoever takes a queue gets the settings that
-- belong to its epoch, of the same version of the row.
ALTER TABLE queues
    ADD COLUMN paused                 boolean NOT NULL DEFAULT false,
    -- Every transaction ID that the application service ever took, not only
    -- the last one.
    ADD COLUMN remembers_every_id     boolean NOT NULL DEFAULT false,
    ADD COLUMN on_rejection           text    NOT NULL DEFAULT 'block'
        CHECK (on_rejection IN ('block', 'quarantine', 'skip')),
    ADD COLUMN rejections_max         int     NOT NULL DEFAULT 10
        CHECK (rejections_max BETWEEN 1 AND 1000),
    ADD COLUMN on_expiry              text    NOT NULL DEFAULT 'deliver'
        CHECK (on_expiry IN ('deliver', 'quarantine', 'drop')),
    ADD COLUMN event_age_max_seconds  bigint            -- NULL: none is too old.
        CHECK (event_age_max_seconds > 0),
    ADD COLUMN body_bytes_max_learned bigint  NOT NULL DEFAULT 0  -- 0: nothing.
        CHECK (body_bytes_max_learned >= 0);

-- The settings of a queue that was dropped because its application service has
-- no URL now. Should it get one again, the queue begins with them.
ALTER TABLE appservices ADD COLUMN kept_settings jsonb;
