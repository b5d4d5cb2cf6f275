#!/usr/bin/env bash
# Builds the six binaries and copies them to a folder, or does nothing, quickly, if they are up to date.
#
#   deploy/local/build.sh FOLDER
#
# Bazel knows better what is up to date, but takes 11 s to say so when its server is not running.
# So the sources' names, sizes and times are remembered beside the binaries. They are copied
# because Bazel deletes its output when it builds anew, and a stack may be running from them.
#
# BAZEL (environment): the Bazel to run, with start-up options; default `bazel`.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$1
services=(registry query_proxy push_dispatcher homeserver gateway)
read -ra bazel <<<"${BAZEL:-bazel}"
say() { printf 'build: %s\n' "$*" >&2; }

cd "$root"
mkdir -p "$out"
exec 9>"$out/lock"
# Two stacks started at once build once. Bazel must not inherit the lock: its server outlives us.
flock 9

sources=(WORKSPACE BUILD.bazel .bazelrc protos services third_party/bazel)
stamp=$(find "${sources[@]}" -type f -printf '%p %s %T@\n' | sort | sha256sum)
complete=yes
for binary in "${services[@]}" causewayctl; do [ -x "$out/$binary" ] || complete=no; done
if [ $complete = yes ] && [ "$(cat "$out/stamp" 2>/dev/null)" = "$stamp" ]; then exit 0; fi

progress=()
[ -t 2 ] || progress=(--color=no --curses=no --show_progress_rate_limit=20)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/causeway/bazel-disk-cache"
say "building the services (the first time takes tens of minutes; later ones use the cache in $cache)"
started=$SECONDS
labels=(//services/ctl:causewayctl)
for service in "${services[@]}"; do labels+=("//services/$service:$service"); done
if ! "${bazel[@]}" build --disk_cache="$cache" "${progress[@]}" "${labels[@]}" </dev/null 9>&-; then
  say "the build failed; the reason stands above. What was built stays: trying again goes on from there."
  exit 1
fi

built=$("${bazel[@]}" info bazel-bin 2>/dev/null 9>&-)
install_binary() {  # A new file renamed into place: the old one may be running.
  install -m 755 "$1" "$out/.new" && mv -f "$out/.new" "$out/$(basename "$1")"
}
for service in "${services[@]}"; do install_binary "$built/services/$service/$service"; done
install_binary "$built/services/ctl/causewayctl"
echo "$stamp" >"$out/stamp"
say "built in $((SECONDS - started)) s"
