#!/usr/bin/env bash
# Builds every fuzz target and runs each for a while. One line a target; exit code 1 when one
# found a crash, a hang or a leak, and then the input is kept and named.
#
#   tests/fuzz/run.sh            20 s each, as many at once as there are processors
#   tests/fuzz/run.sh SECONDS    that long each
#   tests/fuzz/run.sh SECONDS NAME...    only these targets
#
# What a run finds out stays outside the repository: corpus/NAME only gives the first inputs.
# BAZEL (environment): the Bazel to run, with start-up options; default `bazel`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
read -ra bazel <<<"${BAZEL:-bazel}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/causeway/bazel-disk-cache"
seconds=${1:-20}
if ! [[ "$seconds" =~ ^[1-9][0-9]*$ ]]; then
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
  exit 2
fi
shift || true

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  mapfile -t names < <("${bazel[@]}" query --noshow_progress 'attr(tags, "\bfuzz\b", //tests/fuzz:all)' \
    --output=label 2>/dev/null | sed 's/.*://' | sort)
fi
if [ ${#names[@]} -eq 0 ]; then
  echo "no fuzz targets found" >&2
  exit 1
fi

"${bazel[@]}" build --config=fuzz --disk_cache="$cache" --noshow_progress --ui_event_filters=-info \
  "${names[@]/#///tests/fuzz:}" </dev/null
bin=$("${bazel[@]}" info --config=fuzz bazel-bin 2>/dev/null)/tests/fuzz

work=$(mktemp -d "${TMPDIR:-/tmp}/causeway-fuzz.XXXXXX")

run_one() {  # NAME: its line on standard output, all else in $work/NAME.log
  local name=$1 log=$work/$1.log
  local crashes=$work/$name.crashes found=$work/$name.found
  mkdir -p "$crashes" "$found"
  local corpus=()
  [ -d "tests/fuzz/corpus/$name" ] && corpus=("tests/fuzz/corpus/$name")
  if "$bin/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$crashes/" "$found" "${corpus[@]}" >"$log" 2>&1; then
    local runs
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    rm -rf "$crashes" "$found" "$log"
    echo "$name: ok, $runs inputs"
  else
    echo "$name: FAILED, see $log and $crashes"
    return 1
  fi
}

failed=0
running=0
parallel=$(nproc)
for name in "${names[@]}"; do
  if [ "$running" -ge "$parallel" ]; then
    wait -n || failed=1
    running=$((running - 1))
  fi
  run_one "$name" &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do
  wait -n || failed=1
  running=$((running - 1))
done
[ "$failed" -eq 0 ] && rm -rf "$work"
exit "$failed"
