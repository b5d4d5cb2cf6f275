#!/usr/bin/env bash
# Fetches the software development kits that the lock files pin, and makes FOLDER lead to them:
# FOLDER/node_modules, FOLDER/newest/node_modules, and FOLDER/node, the Node to run them with.
#
#   tests/end_to_end/sdks/install.sh FOLDER
#
# They are kept in a cache outside the tree; when they are there already it costs nothing.
# No script of any package is run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
folder=$1
node_major_min=22  # What the newest kits ask for.
node_major() { node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }
npm_ci() { (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2; }

files=(package.json package-lock.json newest crypto_stub node)
key=$(cd "$here" && find "${files[@]}" -name node_modules -prune -o -type f -print0 | sort -z |
  xargs -0 sha256sum | sha256sum | cut -c 1-16)
major=$(node_major)
cached="${XDG_CACHE_HOME:-$HOME/.cache}/causeway/sdks/$key-node$major"
if [ ! -d "$cached" ]; then
  command -v npm >/dev/null || "$root/third_party/packages/install.sh" npm.txt
  mkdir -p "$(dirname "$cached")"
  # A whole folder is renamed into place: nobody sees half of one.
  making=$(mktemp -d "$cached.XXXXXX")
  trap 'rm -rf "$making"' EXIT
  (cd "$here" && cp -r "${files[@]}" "$making")
  mv "$making/node" "$making/node_packages"
  npm_ci "$making"
  npm_ci "$making/newest"
  if [ "$(node_major)" -ge "$node_major_min" ]; then
    ln -s "$(command -v node)" "$making/node"
  else
    npm_ci "$making/node_packages"
    (cd "$making" && ln -s node_packages/node_modules/node-linux-*/bin/node node)
  fi
  mv -T "$making" "$cached" 2>/dev/null || [ -d "$cached" ]
fi
mkdir -p "$(dirname "$folder")"
ln -sfn "$cached" "$folder"
