-- 0006_sealed_list.sql: several transactions of a queue may be sealed at once.
-- Deploy: replaces columns in one step. The release that used them was never
-- published, so nothing has to keep working with them.

-- In the order of sending, which is that of the list, not of the IDs: what
-- takes the place of a transaction that was too large stands where that stood.
-- Each element is an object:
--   txn_id, source_id, last_position, event_count
--   sha256           of the body, in hex
--   format           of the body; core/transaction_body.h
--   publish_unix_ms  when its last event was published
ALTER TABLE queues
    ADD COLUMN sealed_transactions jsonb NOT NULL DEFAULT '[]'
        CHECK (jsonb_typeof(sealed_transactions) = 'array');
-- A long list is compressed, but stays in the row: updates must stay in the
-- page (HOT).
ALTER TABLE queues ALTER COLUMN sealed_transactions SET STORAGE MAIN;

UPDATE queues q SET sealed_transactions = jsonb_build_array(jsonb_build_object(
    'txn_id', q.head_txn_id,
    'source_id', q.sealed_source_id,
    'last_position', q.sealed_last_position,
    'event_count', q.sealed_event_count,
    'sha256', encode(q.sealed_sha256, 'hex'),
    'format', q.sealed_format,
    'publish_unix_ms', floor(extract(epoch FROM coalesce(
        (SELECT s.create_time FROM segments s
         WHERE s.source_id = q.sealed_source_id
           AND s.first_position <= q.sealed_last_position
         ORDER BY s.first_position DESC LIMIT 1),
        now())) * 1000)::bigint))
WHERE q.sealed;

ALTER TABLE queues
    DROP COLUMN sealed,  -- With the CHECK of what belongs to it.
    DROP COLUMN sealed_source_id,
    DROP COLUMN sealed_last_position,
    DROP COLUMN sealed_event_count,
    DROP COLUMN sealed_sha256,
    DROP COLUMN sealed_format;
