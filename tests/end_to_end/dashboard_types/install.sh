#!/usr/bin/env bash
# Fetches what the lock file pins, and makes FOLDER lead to it.
#
#   tests/end_to_end/dashboard_types/install.sh FOLDER
#
# It is kept in a cache outside the tree; when it is there already it costs nothing. No script of any package is run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
folder=$1
key=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -c 1-16)
cached="${XDG_CACHE_HOME:-$HOME/.cache}/causeway/dashboard_types/$key"
if [ ! -d "$cached" ]; then
  command -v npm >/dev/null || "$root/third_party/packages/install.sh" npm.txt
  mkdir -p "$(dirname "$cached")"
  # A whole folder is renamed into place: nobody sees half of one.
  making=$(mktemp -d "$cached.XXXXXX")
  trap 'rm -rf "$making"' EXIT
  cp "$here/package.json" "$here/package-lock.json" "$making"
  (cd "$making" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
  mv -T "$making" "$cached" 2>/dev/null || [ -d "$cached" ]
fi
mkdir -p "$(dirname "$folder")"
ln -sfn "$cached" "$folder"
