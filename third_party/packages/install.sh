#!/usr/bin/env bash
# Installs the Debian packages that the given lists name, if any is missing.
#
#   third_party/packages/install.sh LIST...      e.g. build.txt run.txt
#
# When nothing is missing it costs one dpkg query and needs no privileges. Otherwise it
# runs apt-get, as root or through sudo. Nothing that is installed already is upgraded.
set -euo pipefail

lists=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
say() { printf 'packages: %s\n' "$*" >&2; }

if [ $# -eq 0 ]; then
  say "name the lists to install: $(cd "$lists" && echo *.txt)"
  exit 2
fi
if ! command -v dpkg-query >/dev/null; then
  say "this is not a Debian system (no dpkg-query)."
  say "Causeway is built and tested on Debian 12. Elsewhere, install by hand what these lists name: $*"
  exit 1
fi

wanted=$(cd "$lists" && cat "$@" | sort -u)
# A package counts only when it is whole ("ii"): a half-configured one is left to apt-get to mend.
# shellcheck disable=SC2086
present=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null |
  awk '$1 == "ii" {print $2}' | sort -u || true)
missing=$(comm -23 <(echo "$wanted") <(echo "$present"))
[ -n "$missing" ] || exit 0
names=${missing//$'\n'/ }

if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "these packages are missing, and installing them takes root or sudo, neither of which is here:"
    say "$names"
    exit 1
  fi
  say "these packages are missing, asking sudo to install them:"
  say "$names"
  exec sudo "${BASH_SOURCE[0]}" "$@"
fi

# Debian starts the daemons that it installs. The stack runs its own PostgreSQL and ngircd, and the tests their
# own Prometheus and Docker engine, so the system's stay off. policy-rc.d is Debian's way to say that; one that
# is there already is left alone.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap 'rm -f $policy' EXIT
  # shellcheck disable=SC2016
  printf '#!/bin/sh\ncase "$1" in docker*|containerd*|ngircd*|postgresql*|prometheus*) exit 101 ;; esac\nexit 0\n' >$policy
  chmod 755 $policy
fi

export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -q -y -o DPkg::Lock::Timeout=300)
say "installing $(echo "$missing" | wc -l) packages with what they need, once, about two minutes: $names"
"${apt[@]}" update >&2 || say "apt-get update failed; trying with the package lists that are here"
# shellcheck disable=SC2086
if ! "${apt[@]}" install --no-install-recommends --no-upgrade $missing >&2 </dev/null; then
  say "apt-get could not install: $names"
  say "its own message stands above. Is the network up? Do the sources of apt name Debian 12?"
  exit 1
fi
