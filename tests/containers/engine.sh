# A Docker engine of our own, for tests: sourced by run.sh. All that it keeps is in $scratch, and nothing is opened on the
# machine's own network. To build images it has no bridge (`docker build --network=host`); to run containers it lives in
# the network namespace $network.
# shellcheck shell=bash

scratch=${scratch:?}
network=${network:?}
export DOCKER_HOST=unix://$scratch/docker.sock

# Where the machine lacks CAP_SYS_RESOURCE (a container, mostly), runc may neither lower oom_score_adj, nor raise limits,
# nor grant that capability: it is not asked to.
write_runtime() {
  cat >"$scratch/runc" <<'SCRIPT'
#!/bin/bash
bundle=
for ((i = 1; i < $#; i++)); do [ "${!i}" = --bundle ] && { j=$((i + 1)); bundle=${!j}; }; done
if [ -n "$bundle" ] && [[ " $* " == *" create "* || " $* " == *" run "* ]]; then
  jq -c --argjson files "$(ulimit -Hn)" '
    (if (.process.oomScoreAdj // 0) < 0 then .process.oomScoreAdj = 0 else . end)
    | (if .process.capabilities
       then .process.capabilities |= map_values(map(select(. != "CAP_SYS_RESOURCE"))) else . end)
    | (if .process.rlimits
       then .process.rlimits |= map(if .hard > $files then .hard = $files | .soft = ([.soft, $files] | min) else . end)
       else . end)' "$bundle/config.json" >"$bundle/config.json.new" && mv "$bundle/config.json.new" "$bundle/config.json"
fi
exec /usr/sbin/runc "$@"
SCRIPT
  chmod +x "$scratch/runc"
  local bounding sys_resource=$((1 << 24))
  bounding=$(awk '$1 == "CapBnd:" {print $2}' /proc/self/status)
  if ((0x$bounding & sys_resource)); then
    echo '{}' >"$scratch/daemon.json"
  else
    printf '{"runtimes": {"ours": {"path": "%s/runc"}}, "default-runtime": "ours"}\n' "$scratch" >"$scratch/daemon.json"
  fi
}

engine_up() {  # build | run
  local inside=() options=(--bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false)
  if [ "$1" = run ]; then
    inside=(nsenter "--net=/run/netns/$network")
    options=()
  fi
  "${inside[@]}" setsid dockerd --host "$DOCKER_HOST" --data-root "$scratch/data" --exec-root "$scratch/exec" \
    --pidfile "$scratch/docker.pid" --config-file "$scratch/daemon.json" "${options[@]}" </dev/null >>"$scratch/dockerd.log" 2>&1 &
  for _ in $(seq 300); do
    if docker version >/dev/null 2>&1; then return; fi
    sleep 0.1
  done
  tail "$scratch/dockerd.log" >&2
  return 1
}

engine_down() {
  local pid
  pid=$(cat "$scratch/docker.pid" 2>/dev/null) || return 0
  kill "$pid" 2>/dev/null || return 0
  for _ in $(seq 300); do
    [ -d "/proc/$pid" ] || return 0
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null
}

# What the image registry calls debian:bookworm-slim, made by hand: tests reach Debian's packages and nothing else.
base_image() {
  mmdebstrap --quiet --variant=minbase --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' bookworm - 2>"$scratch/mmdebstrap.log" |
    docker import --change 'CMD ["bash"]' - debian:bookworm-slim >/dev/null
}

build_images() {  # prebuilt|compiled STAND_IN...: ours as $IMAGE_PREFIX/NAME, and stand_ins/NAME as stand-in/NAME.
  local binaries=$1 name
  shift
  docker image inspect debian:bookworm-slim >/dev/null 2>&1 || base_image
  BINARIES=$binaries deploy/docker/build.sh --quiet --network=host >/dev/null
  for name in "$@"; do
    DOCKER_BUILDKIT=1 docker build --quiet --network=host --tag "stand-in/$name" "tests/containers/stand_ins/$name" >/dev/null
  done
}
