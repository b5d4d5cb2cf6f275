-- 0022_leaving_replicas.sql: nobody hands a queue over to a replica that ends.
-- Deploy: adds only.

-- Set when the process begins to end, and taken back by the next of its name.
ALTER TABLE replicas ADD COLUMN leaving boolean NOT NULL DEFAULT false;
