-- The database, and in it what schemas.sql makes: for each service that keeps something, a login role and a schema.
--
-- Run by psql as a superuser; running it again changes nothing. No passwords: the local cluster listens on a private
-- Unix socket only. Where the database is reached over a network, init.sh gives each role its own.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;

SELECT 'CREATE DATABASE causeway ENCODING ''UTF8'''
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'causeway')
\gexec
\connect causeway
\ir schemas.sql
