-- 0012_lease_nonce.sql: writes name the lease that they were decided under.
-- Deploy: adds only.

-- Drawn anew whenever a queue is taken. An epoch alone doesn't name a lease:
-- after a restore from a backup the same numbers come again, and an owner of
-- the undone past could write under one that a later lease has.
ALTER TABLE queues ADD COLUMN lease_nonce text NOT NULL DEFAULT '';
