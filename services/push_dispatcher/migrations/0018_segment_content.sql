-- 0018_segment_content.sql: segments are told apart by what is in them.
-- Deploy: adds only.

-- core/segment.h. 0 in those that came before.
ALTER TABLE segments ADD COLUMN content_id bigint NOT NULL DEFAULT 0;

-- As in 0013, and tells the content.
DROP FUNCTION read_queue_entries(bigint[], text[], int);
CREATE FUNCTION read_queue_entries(uids bigint[], cursors text[],
                                   entries_max int)
RETURNS TABLE (ordinal bigint, source_id int, first_position bigint,
               last_position bigint, events bytea, raw_bytes bigint,
               publish_unix_ms bigint, content_id bigint)
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_sort = off
SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
BEGIN
    -- As drop_generation() does, so that neither has what the other waits for.
    LOCK TABLE ONLY segments, ONLY queue_entries IN ACCESS SHARE MODE;
    -- LEFT JOIN: an entry without its segment must not just vanish.
    RETURN QUERY
    SELECT w.ordinal, e.source_id, e.first_position, e.last_position, e.events,
           coalesce(s.raw_bytes, 0),
           coalesce(floor(extract(epoch FROM s.create_time) * 1000), 0)::bigint,
           coalesce(s.content_id, 0)
    FROM unnest(uids, cursors) WITH ORDINALITY AS w (uid, cursors, ordinal)
    CROSS JOIN sources src
    CROSS JOIN LATERAL (
        SELECT * FROM queue_entries e
        WHERE e.uid = w.uid AND e.source_id = src.id
          AND e.last_position > coalesce((w.cursors::bigint[])[src.id], 0)
        ORDER BY e.uid, e.source_id, e.last_position LIMIT entries_max
    ) e
    LEFT JOIN segments s ON s.generation = e.generation
                        AND s.source_id = e.source_id
                        AND s.first_position = e.first_position;
END
$$;
