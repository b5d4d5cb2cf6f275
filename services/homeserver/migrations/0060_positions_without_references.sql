-- 0060_positions_without_references.sql: a position is written in the transaction that
-- writes its record, and no record is ever deleted. Looking it up and locking it
-- took as long as writing the message.
-- Deploy: the release before this one doesn't notice.
ALTER TABLE sent_events DROP CONSTRAINT sent_events_position_fkey;
ALTER TABLE room_state DROP CONSTRAINT room_state_position_fkey;
