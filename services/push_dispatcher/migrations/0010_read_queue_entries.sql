-- 0010_read_queue_entries.sql: reading queues by the primary key, always.
-- Deploy: adds only.

-- For PostgresQueueStore::ReadEntries(): of each queue and source, the first
-- `entries_max` entries behind the queue's cursor. `cursors` has one array a
-- queue, as text; `ordinal` counts the queues from 1.
--
-- A function for its SET clauses. What is queued is mostly nothing and now and
-- then a million entries; with the statistics of an empty table the planner
-- reads all of them, or sorts all that one queue has, to return a few, and a
-- plan that was kept stays so for a minute or more. Only the walk along the
-- primary keys is right whatever the tables hold.
CREATE FUNCTION read_queue_entries(uids bigint[], cursors text[],
                                   entries_max int)
RETURNS TABLE (ordinal bigint, source_id int, first_position bigint,
               last_position bigint, events bytea, raw_bytes bigint,
               publish_unix_ms bigint)
LANGUAGE plpgsql STABLE
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    -- LEFT JOIN: an entry without its segment must not just vanish.
    RETURN QUERY
    SELECT w.ordinal, e.source_id, e.first_position, e.last_position, e.events,
           coalesce(s.raw_bytes, 0),
           coalesce(floor(extract(epoch FROM s.create_time) * 1000), 0)::bigint
    FROM unnest(uids, cursors) WITH ORDINALITY AS w (uid, cursors, ordinal)
    CROSS JOIN sources src
    CROSS JOIN LATERAL (
        SELECT * FROM queue_entries e
        WHERE e.uid = w.uid AND e.source_id = src.id
          AND e.last_position > coalesce((w.cursors::bigint[])[src.id], 0)
        ORDER BY e.uid, e.source_id, e.last_position LIMIT entries_max
    ) e
    LEFT JOIN segments s ON s.source_id = e.source_id
                        AND s.first_position = e.first_position;
END
$$;
