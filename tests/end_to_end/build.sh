#!/usr/bin/env bash
# Makes what the end-to-end tests run: the services, two of them also as the next release could be, the checker of
# what application services recorded, the published software development kits, and Grafana's types (without these,
# only their own tests fail).
#
#   tests/end_to_end/build.sh
#
# BAZEL (environment): the Bazel to run, with start-up options; default `bazel`.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
read -ra bazel <<<"${BAZEL:-bazel}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/causeway/bazel-disk-cache"
progress=()
[ -t 2 ] || progress=(--color=no --curses=no --show_progress_rate_limit=20)

deploy/local/build.sh .local/bin
"${bazel[@]}" build --disk_cache="$cache" "${progress[@]}" //tests/simulation:check_log \
  //tests/end_to_end/next_release:{push_dispatcher,homeserver} </dev/null
built=$("${bazel[@]}" info bazel-bin 2>/dev/null)/tests
install_binary() {  # FROM TO. A new file renamed into place: the old one may be running.
  install -D -m 755 "$1" "$2.new" && mv -f "$2.new" "$2"
}
install_binary "$built/simulation/check_log" .local/bin/check_log
for service in push_dispatcher homeserver; do
  install_binary "$built/end_to_end/next_release/$service" ".local/next_release/$service"
done
tests/end_to_end/sdks/install.sh .local/sdks || echo "the software development kits could not be fetched" >&2
tests/end_to_end/dashboard_types/install.sh .local/dashboard_types || echo "Grafana's types could not be fetched" >&2
