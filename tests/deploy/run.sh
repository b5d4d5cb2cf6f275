#!/usr/bin/env bash
# Checks the files under deploy/ without running what they describe: seconds.
#
#   tests/deploy/run.sh [--results FILE]      FILE gets "PASSED FAILED"
#
# Needs the programs, which deploy/local/build.sh builds: their own --help judges the flags that the files give them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root"
third_party/packages/install.sh build.txt run.txt deploy.txt
deploy/local/build.sh .local/bin

# What the lock file pins, in a cache outside the tree. No script of any package is run.
cache=${XDG_CACHE_HOME:-$HOME/.cache}/causeway
tools=$cache/deploy-checks/$(cat "$here"/node/package*.json | sha256sum | cut -c 1-16)
if [ ! -d "$tools" ]; then
  command -v npm >/dev/null || third_party/packages/install.sh npm.txt
  mkdir -p "$(dirname "$tools")"
  making=$(mktemp -d "$tools.XXXXXX")
  trap 'rm -rf "$making"' EXIT
  cp "$here"/node/package*.json "$making"
  (cd "$making" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >&2
  mv -T "$making" "$tools" 2>/dev/null || [ -d "$tools" ]
fi

# Debian's kubectl, unpacked and not installed: another package may have one installed already.
kubectl=$cache/kubectl-1.20/usr/bin/kubectl
if [ ! -x "$kubectl" ]; then
  making=$(mktemp -d "$cache/kubectl.XXXXXX")
  trap 'rm -rf "$making"' EXIT
  (cd "$making" && apt-get -qq download kubernetes-client >&2 && dpkg -x kubernetes-client_*.deb .)
  mkdir -p "$(dirname "$kubectl")"
  mv "$making/usr/bin/kubectl" "$kubectl"
  rm -rf "$making"
fi

KUBECTL=$kubectl NODE_TOOLS=$tools exec /usr/bin/python3 -B "$here/run.py" "$@"
