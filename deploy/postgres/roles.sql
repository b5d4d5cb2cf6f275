-- One database; for each service that keeps something, a login role and a schema of the same name.
--
-- Run by psql as a superuser; running it again changes nothing. A role owns its schema and can see no other, so that a
-- service cannot come to depend on another's tables: it has to call its API. The tables are not made here: each service
-- migrates its own schema when it starts. No passwords: the local cluster listens on a private Unix socket only; where
-- the database is reached over a network, give each role one with ALTER ROLE ... PASSWORD.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

SELECT 'CREATE DATABASE causeway ENCODING ''UTF8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'causeway')
\gexec
\connect causeway
SET client_min_messages = warning;

-- Postgres lets every role connect, make temporary tables and (before 15) create in `public`.
REVOKE ALL ON DATABASE causeway FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

SELECT format('CREATE ROLE %I LOGIN', service)
FROM unnest(ARRAY['registry', 'push_dispatcher', 'homeserver']) AS service
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = service)
\gexec

SELECT format('GRANT CONNECT ON DATABASE causeway TO %I', service),
       format('CREATE SCHEMA IF NOT EXISTS %I AUTHORIZATION %I', service, service),
       format('ALTER ROLE %I IN DATABASE causeway SET search_path = %I', service, service)
FROM unnest(ARRAY['registry', 'push_dispatcher', 'homeserver']) AS service
\gexec
