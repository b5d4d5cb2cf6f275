#!/usr/bin/env bash
# Installs what is missing, builds, and runs the tests. The last line is "N passed, N failed".
#
#   tests/run.sh               unit tests, each fuzz target for 20 s, end to end, the demonstration, the files of deploy/
#   tests/run.sh unit          only these; also: fuzz, end_to_end, demo, deploy
#   tests/run.sh containers    images and docker-compose, with a Docker engine of its own; needs root
#   tests/run.sh kubernetes    deploy/kubernetes on a real node, built from Debian's source the first time; needs root
#   tests/run.sh all           everything, the fuzz targets for 300 s each, PostgreSQL away for a minute instead of 15 s,
#                              the images compiled inside Docker
#
# Exit code 0 when nothing failed. What could not be built counts as failed.
# CAUSEWAY_TESTS_SECONDS_MAX (environment): the time after which no unit test begins; those left are told of, and count as
# neither. By default all have their turn. They come last, since they compile the most: hours where no cache is.
# BAZEL (environment): the Bazel to run, with start-up options; default `bazel`.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
export PYTHONDONTWRITEBYTECODE=1
read -ra bazel <<<"${BAZEL:-bazel}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/causeway/bazel-disk-cache"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
progress=()
[ -t 2 ] || progress=(--color=no --curses=no --show_progress_rate_limit=20)

passed=0
failed=0
count() { passed=$((passed + $1)); failed=$((failed + $2)); }
check() {  # NAME COMMAND...: a command that counts as one test.
  local name=$1
  shift
  if "$@"; then count 1 0; else count 0 1; say "FAILED: $name"; fi
}
say() { printf '\n=== %s\n' "$*"; }
step() {  # TITLE COMMAND...: with the time that it took.
  local started=$SECONDS
  say "$1"
  shift
  "$@"
  say "took $((SECONDS - started)) s"
}

unit() {
  local events=$scratch/unit.json limit=()
  if [ -n "${CAUSEWAY_TESTS_SECONDS_MAX:-}" ]; then
    limit=(timeout --foreground --signal=INT --kill-after=120 $((CAUSEWAY_TESTS_SECONDS_MAX - SECONDS)))
    if [ "$SECONDS" -ge "$CAUSEWAY_TESTS_SECONDS_MAX" ]; then
      echo "NO TIME for any unit test"
      return
    fi
  fi
  "${limit[@]}" "${bazel[@]}" test --disk_cache="$cache" --keep_going "${progress[@]}" \
    --build_event_json_file="$events" //services/... //tests/... </dev/null
  # shellcheck disable=SC2046
  count $(/usr/bin/python3 tests/count_bazel_tests.py "$events")
}

end_to_end() {
  if ! tests/end_to_end/build.sh; then
    count 0 1
    return
  fi
  /usr/bin/python3 tests/end_to_end/run.py --results "$scratch/end_to_end"
  # shellcheck disable=SC2046
  count $(cat "$scratch/end_to_end" 2>/dev/null || echo 0 1)
}

demo() {
  check demo deploy/local.sh demo --state "$scratch/state"
}

deploy() {
  tests/deploy/run.sh --results "$scratch/deploy"
  # shellcheck disable=SC2046
  count $(cat "$scratch/deploy" 2>/dev/null || echo 0 1)
}

containers() {  # [--compile]
  tests/containers/run.sh "$@" --results "$scratch/containers"
  # shellcheck disable=SC2046
  count $(cat "$scratch/containers" 2>/dev/null || echo 0 1)
}

kubernetes() {
  tests/kubernetes/run.sh --results "$scratch/kubernetes"
  # shellcheck disable=SC2046
  count $(cat "$scratch/kubernetes" 2>/dev/null || echo 0 1)
}

fuzz() {  # One line a target; without any, it broke before the first.
  tests/fuzz/run.sh "$1" | tee "$scratch/fuzz"
  local one other
  one=$(grep -c ': ok' "$scratch/fuzz")
  other=$(grep -c ': FAILED' "$scratch/fuzz")
  if [ $((one + other)) -eq 0 ]; then other=1; fi
  count "$one" "$other"
}

what=${1:-default}
case "$what" in
  default | all | unit | fuzz | end_to_end | demo | deploy | containers | kubernetes) ;;
  *)
    sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac

if ! third_party/packages/install.sh build.txt run.txt test.txt; then
  say "the packages could not be installed: nothing was run"
  echo "0 passed, 1 failed"
  exit 1
fi

# For PostgreSQL away in test_database_outages: a minute is too long for each change.
[ "$what" != all ] || export CAUSEWAY_OUTAGE_SECONDS=60

case "$what" in default | all | end_to_end) step "end to end" end_to_end ;; esac
case "$what" in default | all | demo) step "demonstration" demo ;; esac
case "$what" in default | all | deploy) step "files of deploy/" deploy ;; esac
case "$what" in
  containers) step "containers" containers ;;
  all) step "containers, compiled in Docker" containers --compile ;;
esac
case "$what" in all | kubernetes) step "kubernetes" kubernetes ;; esac
case "$what" in
  default | fuzz) step "fuzz targets, 20 s each" fuzz 20 ;;
  all) step "fuzz targets, 300 s each" fuzz 300 ;;
esac
case "$what" in default | all | unit) step "unit tests" unit ;; esac

echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
