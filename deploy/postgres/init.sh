#!/bin/sh
# Prepares a new PostgreSQL of the image `postgres`, which runs it once, from /docker-entrypoint-initdb.d: the database,
# its schemas, and for each role the password that its file holds.
#
# Run again by hand it sets the passwords anew, as after changing one (docs/guides/deploying.md).
#
# Expects this folder at /etc/causeway/postgres, and the files at $SECRETS_DIR (default /run/secrets).
# Sourced or run, whichever the image prefers, so nothing here is left set.
(
  set -eu
  psql --no-psqlrc --quiet --username "${POSTGRES_USER:-postgres}" --dbname postgres --file /etc/causeway/postgres/roles.sql
  for role in registry push_dispatcher homeserver; do
    # psql reads the file: a password on a command line could be seen by others.
    psql --no-psqlrc --quiet --username "${POSTGRES_USER:-postgres}" --dbname causeway --set ON_ERROR_STOP=1 \
      --set role="$role" --set file="${SECRETS_DIR:-/run/secrets}/${role}_database_password" <<'SQL'
\set password `cat :file`
ALTER ROLE :"role" PASSWORD :'password';
SQL
  done
)
