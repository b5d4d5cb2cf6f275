#!/usr/bin/env bash
# Benchmarks, each with what it is compared to in the same run. Builds first, optimised.
#
#   tests/bench/run.sh                  all of them
#   tests/bench/run.sh push [OPTIONS]   what push_dispatcher reaches, row by row; push --help lists the options,
#                                       among them --json FILE, --rows NAME,... and --seconds N
#   tests/bench/run.sh surface [OPTIONS]
#                                       what bridges and clients reach over HTTP, against the bars that are set;
#                                       takes --json, --rows and --seconds too
#   tests/bench/run.sh query [OPTIONS]  questions to a bridge through query_proxy against bare libcurl; the same
#                                       options
#   tests/bench/run.sh registry [OPTIONS]
#                                       10,000 application services in one registry: what registering takes, and
#                                       what those who watch are told, and when; the same options, --appservices N
#                                       besides. How fast their namespaces are looked up is `index`
#   tests/bench/run.sh index [OPTIONS]  the namespace index against loops of regular expressions;
#                                       takes --json FILE and Google Benchmark's options
#
# BAZEL (environment): the Bazel to run, with start-up options; default `bazel`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

read -ra bazel <<<"${BAZEL:-bazel}"
build() {
  "${bazel[@]}" build --disk_cache="${XDG_CACHE_HOME:-$HOME/.cache}/causeway/bazel-disk-cache" \
    --noshow_progress --ui_event_filters=-info "$@" </dev/null
}

# Runs the rows of a benchmark whose load is a program of its own.
rows() {
  local suite=$1
  shift
  deploy/local/build.sh .local/bin
  build "//tests/bench/$suite:${suite}_bench"
  PYTHONPATH=deploy:tests/bench PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m runner "$suite" \
    --binaries="$PWD/.local/bin" --load="$PWD/bazel-bin/tests/bench/$suite/${suite}_bench" "$@"
}

index() {
  build //tests/bench:namespace_index_bench
  bazel-bin/tests/bench/namespace_index_bench --benchmark_min_time=0.5 "$@"
}

case "${1:-all}" in
  push | surface | query | registry) rows "$@" ;;
  index) "$@" ;;
  all) rows push && rows surface && rows query && rows registry && index ;;
  *) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; case "$1" in -h | --help) ;; *) exit 2 ;; esac ;;
esac
