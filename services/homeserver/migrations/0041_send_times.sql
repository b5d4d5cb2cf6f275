-- 0041_send_times.sql: clients' transaction IDs are kept for some time only.
-- Deploy: adds only.

-- Of rows from before it is the time of this migration.
ALTER TABLE sent_events ADD COLUMN send_time timestamptz NOT NULL DEFAULT now();
ALTER TABLE sent_to_device ADD COLUMN send_time timestamptz NOT NULL DEFAULT now();

-- For SentTxns::DropOlder(). Rows come in the order of time, so that a summary of each stretch of the table will do.
CREATE INDEX sent_events_by_time ON sent_events USING brin (send_time);
CREATE INDEX sent_to_device_by_time ON sent_to_device USING brin (send_time);
