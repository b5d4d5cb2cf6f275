#!/usr/bin/env bash
# Makes what docker-compose.yml needs beside it: .env, secrets/ with random passwords and the key, and in tls/ the
# certificates by which the services and causewayctl know each other, good for a year.
#
#   deploy/compose/setup.sh SERVER_NAME
#
# What is there already stays as it is, so it may be run again. secrets/ and tls/ are closed to other users; what is in
# them is readable, so that each container's own user can read what is mounted into it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
server_name=${1:-}
if [ -z "$server_name" ] && [ ! -e .env ]; then
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' setup.sh >&2
  exit 2
fi
if [[ -n $server_name && ! $server_name =~ ^[][A-Za-z0-9.:-]+$ ]]; then
  echo "setup.sh: '$server_name' is not a host name" >&2
  exit 2
fi

if [ ! -e .env ]; then
  (umask 077 && sed "s/^SERVER_NAME=.*/SERVER_NAME=$server_name/" .env.example >.env.new)
  mv .env.new .env
elif [ -n "$server_name" ] && ! grep -qxF "SERVER_NAME=$server_name" .env; then
  echo "setup.sh: .env has another SERVER_NAME, which is part of every ID in the database" >&2
  exit 1
fi

mkdir -p -m 700 secrets tls
owners=(registry query-proxy push-dispatcher homeserver gateway operator)
for name in "${owners[@]}"; do mkdir -p -m 755 "tls/$name"; done
# None at all: else they are of an authority that isn't ours to replace.
compgen -G 'tls/*/certificate.pem' >/dev/null || KEY_MODE=444 ../tls/make-dev-ca.sh tls 365
for name in "${owners[@]}"; do
  [ -e "tls/$name/certificate.pem" ] || echo "setup.sh: tls/$name has no certificate.pem yet" >&2
done
for name in postgres_password registry_database_password push_dispatcher_database_password \
  homeserver_database_password hs_token_key grafana_admin_password; do
  [ -e "secrets/$name" ] && continue
  openssl rand -hex 32 >"secrets/$name.new"
  chmod 444 "secrets/$name.new"
  mv "secrets/$name.new" "secrets/$name"
done
echo "Keep a copy of $PWD/secrets/hs_token_key apart from backups of the database: neither is of use without the other."
