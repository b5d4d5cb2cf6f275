-- A column more in each table that is written with every message.
-- Deploy: adds only, and rewrites nothing.
ALTER TABLE stream_head ADD COLUMN of_next_release bigint NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN of_next_release text;
ALTER TABLE sent_events ADD COLUMN of_next_release text;
