-- 0013_generations.sql: what is delivered is dropped as whole tables.
-- Deploy: moves what is there into generation 0 without copying it. A process
-- of the release before goes on, in generation 0 too.

-- segments and queue_entries are partitioned by generation. A batch and its
-- queue entries go into the generation that the source's row names, which the
-- commit locks anyway; so once that row names another one, nothing more is
-- ever added, and a generation of which no queue wants anything can be dropped.
-- Generation 0 is for what was wanted of dropped ones: its rows, and no others,
-- are deleted one by one.
--
-- No primary keys on the partitioned tables: they would have to contain the
-- generation. Each partition has its own, and positions are given once.

ALTER TABLE segments RENAME TO segments_0;
ALTER INDEX segments_pkey RENAME TO segments_0_pkey;
ALTER TABLE segments_0 ADD COLUMN generation int NOT NULL DEFAULT 0;
CREATE TABLE segments (
    source_id      int         NOT NULL,
    generation     int         NOT NULL DEFAULT 0,
    first_position bigint      NOT NULL,
    prefix_sha256  bytea       NOT NULL,  -- Of the source, before this segment.
    format         int         NOT NULL,  -- core/segment.h
    record_count   int         NOT NULL,
    raw_bytes      bigint      NOT NULL,
    data           bytea       NOT NULL,
    create_time    timestamptz NOT NULL DEFAULT now()
) PARTITION BY LIST (generation);
-- It is compressed already.
ALTER TABLE segments ALTER COLUMN data SET STORAGE EXTERNAL;
ALTER TABLE segments ATTACH PARTITION segments_0 FOR VALUES IN (0);

ALTER TABLE queue_entries RENAME TO queue_entries_0;
ALTER INDEX queue_entries_pkey RENAME TO queue_entries_0_pkey;
-- For generation 0 alone: is a segment still wanted?
ALTER INDEX queue_entries_by_segment RENAME TO queue_entries_0_by_segment;
ALTER TABLE queue_entries_0 ADD COLUMN generation int NOT NULL DEFAULT 0;
CREATE TABLE queue_entries (
    uid            bigint NOT NULL,
    source_id      int    NOT NULL,
    generation     int    NOT NULL DEFAULT 0,  -- The segment's, too.
    last_position  bigint NOT NULL,  -- Of the last event that it names.
    first_position bigint NOT NULL,  -- Of the segment.
    event_count    int    NOT NULL,
    events         bytea  NOT NULL   -- One bit for each; core/event_set.h
) PARTITION BY LIST (generation);
ALTER TABLE queue_entries ATTACH PARTITION queue_entries_0 FOR VALUES IN (0);

-- Those that have partitions.
CREATE TABLE generations (
    id          int         PRIMARY KEY,
    create_time timestamptz NOT NULL DEFAULT now()
);
INSERT INTO generations (id) VALUES (0);

-- Where the batches of a source go.
ALTER TABLE sources ADD COLUMN generation int NOT NULL DEFAULT 0;

-- The only DDL while the service runs; its role needs no right to it.

-- From its commit on, all batches go into a new one.
CREATE FUNCTION open_generation() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = push_dispatcher, pg_temp
SET lock_timeout = '50ms'
AS $$
DECLARE
    opened int := (SELECT max(id) + 1 FROM generations);
    -- No row is ever changed or deleted: there is nothing to vacuum.
    storage text := 'WITH (autovacuum_enabled = off,'
                    '      toast.autovacuum_enabled = off)';
BEGIN
    EXECUTE format('CREATE TABLE segments_%s (LIKE segments'
                   ' INCLUDING DEFAULTS INCLUDING STORAGE,'
                   ' PRIMARY KEY (source_id, first_position)) %s',
                   opened, storage);
    EXECUTE format('CREATE TABLE queue_entries_%s (LIKE queue_entries'
                   ' INCLUDING DEFAULTS INCLUDING STORAGE,'
                   ' PRIMARY KEY (uid, source_id, last_position)) %s',
                   opened, storage);
    EXECUTE format('ALTER TABLE segments'
                   ' ATTACH PARTITION segments_%1$s FOR VALUES IN (%1$s)',
                   opened);
    EXECUTE format('ALTER TABLE queue_entries'
                   ' ATTACH PARTITION queue_entries_%1$s FOR VALUES IN (%1$s)',
                   opened);
    INSERT INTO generations (id) VALUES (opened);
    -- No commit is under way then, and no source is being made: whatever goes
    -- into another generation has come before this.
    LOCK TABLE sources IN EXCLUSIVE MODE;
    UPDATE sources SET generation = opened;
END
$$;

-- Fails when somebody reads it for long: a dump, say.
CREATE FUNCTION lock_generation(locked int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = push_dispatcher, pg_temp
SET lock_timeout = '50ms'
AS $$
BEGIN
    EXECUTE format('LOCK TABLE segments_%1$s, queue_entries_%1$s'
                   ' IN ACCESS EXCLUSIVE MODE', locked);
END
$$;

-- The caller knows that nothing in it is wanted. Readers wait for this, and
-- commits don't: they lock the partitions that they write to, and no other.
CREATE FUNCTION drop_generation(dropped int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = push_dispatcher, pg_temp
SET lock_timeout = '50ms'
AS $$
BEGIN
    IF dropped = 0 OR dropped >= (SELECT min(generation) FROM sources) THEN
        RAISE 'generation % is in use', dropped;
    END IF;
    LOCK TABLE ONLY segments, ONLY queue_entries IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('DROP TABLE segments_%1$s, queue_entries_%1$s', dropped);
    DELETE FROM generations WHERE id = dropped;
END
$$;

-- Once it has no entry.
CREATE FUNCTION truncate_generation_0() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = push_dispatcher, pg_temp
SET lock_timeout = '50ms'
AS $$
BEGIN
    IF EXISTS (SELECT FROM queue_entries_0) THEN RETURN; END IF;
    LOCK TABLE segments_0, queue_entries_0 IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM queue_entries_0) THEN RETURN; END IF;
    TRUNCATE segments_0, queue_entries_0;
END
$$;

REVOKE EXECUTE ON FUNCTION open_generation, lock_generation, drop_generation,
    truncate_generation_0 FROM PUBLIC;

SELECT open_generation();

-- As in 0010, and:
-- Each partition is walked along its primary key, and the walks are merged,
-- which only the sort that is switched off could seem to be better than.
-- VOLATILE: the query in it must see what is committed when it has its locks. A
-- snapshot from before, which a STABLE function is given, could be older than
-- the move of entries to generation 0, and would see them nowhere.
CREATE OR REPLACE FUNCTION read_queue_entries(uids bigint[], cursors text[],
                                              entries_max int)
RETURNS TABLE (ordinal bigint, source_id int, first_position bigint,
               last_position bigint, events bytea, raw_bytes bigint,
               publish_unix_ms bigint)
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
           coalesce(floor(extract(epoch FROM s.create_time) * 1000), 0)::bigint
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
