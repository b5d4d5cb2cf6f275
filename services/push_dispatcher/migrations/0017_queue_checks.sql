-- 0017_queue_checks.sql: what is checked of a queue's row is checked by who
-- writes it.
-- Deploy: takes checks away; the release before needs none of them.

-- The row is updated once for each transaction that is delivered, by a
-- statement of its own if one queue is alone at work. PostgreSQL prepares all
-- CHECKs of a table anew for each statement, also of columns that it leaves
-- alone: here for longer than the update itself takes. The values come from
-- enumerations and bounded numbers; store/queue_row.h reads a word that it
-- doesn't know as the default, and refuses a list that makes no sense.
ALTER TABLE queues
    DROP CONSTRAINT queues_body_bytes_max_learned_check,
    DROP CONSTRAINT queues_event_age_max_seconds_check,
    DROP CONSTRAINT queues_on_expiry_check,
    DROP CONSTRAINT queues_on_rejection_check,
    DROP CONSTRAINT queues_rejections_max_check,
    DROP CONSTRAINT queues_sealed_transactions_check;
