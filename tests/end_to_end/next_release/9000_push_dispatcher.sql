-- A column more in each table that is written with every event and every transaction.
-- Deploy: adds only, and rewrites nothing.
ALTER TABLE queues ADD COLUMN of_next_release bigint NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN of_next_release bigint NOT NULL DEFAULT 0;
ALTER TABLE segments ADD COLUMN of_next_release text;
ALTER TABLE queue_entries ADD COLUMN of_next_release text;
