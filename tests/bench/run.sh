#!/usr/bin/env bash
# Benchmarks, each with what it is compared to in the same run.
#   tests/bench/run.sh [--json FILE]
# --json FILE  also writes the results there, as one JSON object.
set -euo pipefail
cd "$(dirname "$0")/../.."

json=
while [ $# -gt 0 ]; do
  case "$1" in
    --json) json=${2:?--json needs a file}; shift 2 ;;
    --json=*) json=${1#--json=}; shift ;;
    -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
    *) echo "tests/bench/run.sh: unknown argument $1; see --help" >&2; exit 2 ;;
  esac
done

state=$(mktemp -d /tmp/causeway-bench.XXXXXX)
trap 'deploy/local.sh down --state "$state" >"$state.down" 2>&1 || cat "$state.down" >&2; rm -rf "$state" "$state.down"' EXIT
deploy/local.sh up --state "$state" --gateway_port 0
bazel build --disk_cache="${XDG_CACHE_HOME:-$HOME/.cache}/causeway/bazel-disk-cache" \
  --noshow_progress --ui_event_filters=-info //tests/bench:all

address() {
  deploy/local.sh status --state "$state" --json |
    /usr/bin/python3 -c 'import json, sys
status = json.load(sys.stdin)
print(next(p["grpc"] for p in status["processes"] if p["name"] == sys.argv[1]))' "$1"
}

bazel-bin/tests/bench/push_bench --registry="$(address registry)" \
  --push_dispatcher="$(address push_dispatcher)" --json="$state/push.json"
bazel-bin/tests/bench/namespace_index_bench --benchmark_min_time=0.5 \
  --benchmark_out="$state/index.json" --benchmark_out_format=json

if [ -n "$json" ]; then
  /usr/bin/python3 -c 'import json, sys
with open(sys.argv[1]) as push, open(sys.argv[2]) as index, open(sys.argv[3], "w") as out:
    json.dump({"push": json.load(push), "namespace_index": json.load(index)}, out, indent=1)' \
    "$state/push.json" "$state/index.json" "$json"
fi
