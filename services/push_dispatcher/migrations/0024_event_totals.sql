-- 0024_event_totals.sql: how much waits in a queue is known without counting.
-- Deploy: adds only. A process of the release before writes none.

-- Events of this queue and source up to and including this entry. So what waits
-- is the last one's less the first one's. Where the count begins means nothing.
-- NULL: not known.
ALTER TABLE queue_entries ADD COLUMN event_total bigint;
