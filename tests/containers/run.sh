#!/usr/bin/env bash
# Builds the images, brings deploy/compose up with a Docker engine of its own, and tests what runs.
#
#   tests/containers/run.sh [--compile] [--results FILE]
#
# Without --compile the images are made with the programs of this machine (deploy/local/build.sh); with it, Bazel compiles
# them inside Docker, which takes half an hour on two cores. --results writes "PASSED FAILED". Needs root, installs the rest.
# CAUSEWAY_CONTAINERS_DIR (environment): where the engine keeps what it has, kept for the next run; default: a fresh
# folder, removed at the end.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
binaries=prebuilt
results=
while [ $# -gt 0 ]; do
  case "$1" in
    --compile) binaries=compiled ;;
    --results) results=$2; shift ;;
    *) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
  shift
done
if [ "$(id -u)" != 0 ]; then
  echo "containers: a Docker engine of its own takes root" >&2
  exit 1
fi

third_party/packages/install.sh build.txt run.txt containers.txt
[ $binaries = compiled ] || deploy/local/build.sh .local/bin

# Debian's docker before another that may be installed: it brings its own BuildKit.
export PATH=/usr/sbin:/usr/bin:$PATH
scratch=${CAUSEWAY_CONTAINERS_DIR:-$(mktemp -d /var/tmp/causeway-containers.XXXXXX)}
mkdir -p "$scratch"
scratch=$(realpath "$scratch")
network=causeway-$$
export IMAGE_PREFIX=causeway-test
# shellcheck source=tests/containers/engine.sh
. tests/containers/engine.sh
clean_up() {
  set +e
  trap - EXIT
  engine_down
  ip netns del "$network" 2>/dev/null
  grep -o "$scratch/[^ ]*" /proc/mounts | sort -r | xargs -r umount --lazy
  [ -n "${CAUSEWAY_CONTAINERS_DIR:-}" ] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
say() { printf 'containers: %s (%d s)\n' "$*" "$SECONDS" >&2; }

write_runtime
engine_up build
build_images "$binaries" postgres prometheus
say "the images are built"
engine_down

ip netns add "$network"
ip -n "$network" link set lo up
engine_up run
say "the engine runs in a network of its own"
nsenter "--net=/run/netns/$network" /usr/bin/python3 -B tests/containers/run.py --state "$scratch/tests" ${results:+--results "$results"}
