#!/usr/bin/env bash
# Brings deploy/kubernetes/overlays/dev up on a Kubernetes of one node, and tests what runs.
#
#   tests/kubernetes/run.sh [--results FILE]      FILE gets "PASSED FAILED"
#
# Kubernetes 1.20 is built from Debian's source package the first time (build.sh), and kept in the cache. All of it lives
# in a network namespace of its own, and is removed at the end. Needs root, installs the rest.
# CAUSEWAY_CONTAINERS_DIR (environment): as in tests/containers/run.sh.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
results=
case "${1:-}" in
  "") ;;
  --results) results=$2 ;;
  *) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
if [ "$(id -u)" != 0 ]; then
  echo "kubernetes: a node of its own takes root" >&2
  exit 1
fi

third_party/packages/install.sh build.txt run.txt containers.txt kubernetes.txt
deploy/local/build.sh .local/bin
programs=${XDG_CACHE_HOME:-$HOME/.cache}/causeway/kubernetes
tests/kubernetes/build.sh "$programs"

export PATH=$programs:/usr/sbin:/usr/bin:$PATH
scratch=${CAUSEWAY_CONTAINERS_DIR:-$(mktemp -d /var/tmp/causeway-kubernetes.XXXXXX)}
mkdir -p "$scratch"
scratch=$(realpath "$scratch")
network=causeway-$$
export IMAGE_PREFIX=causeway-test IMAGE_TAG=test
# shellcheck source=tests/containers/engine.sh
. tests/containers/engine.sh
node=$scratch/node
rm -rf "$node"
mkdir -p "$node"
export KUBECONFIG=$node/kubeconfig
daemons=()
clean_up() {
  set +e
  trap - EXIT
  # Controllers first: nothing that is removed comes back.
  kill "${daemons[@]}" 2>/dev/null
  for _ in $(seq 100); do
    kill -0 "${daemons[@]}" 2>/dev/null || break
    sleep 0.1
  done
  kill -9 "${daemons[@]}" 2>/dev/null
  docker ps --all --quiet | xargs -r docker rm --force >/dev/null 2>&1
  engine_down
  grep -o "$scratch/[^ ]*" /proc/mounts | sort -r | xargs -r umount --lazy
  ip netns del "$network" 2>/dev/null
  find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} + 2>/dev/null
  if [ -n "${CAUSEWAY_CONTAINERS_DIR:-}" ]; then rm -rf "$node/kubelet" "$node/etcd"; else rm -rf "$scratch"; fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM
say() { printf 'kubernetes: %s (%d s)\n' "$*" "$SECONDS" >&2; }
inside() { nsenter "--net=/run/netns/$network" "$@"; }
daemon() {  # NAME COMMAND...
  local name=$1
  shift
  nsenter "--net=/run/netns/$network" "$@" >"$node/$name.log" 2>&1 </dev/null &  # It becomes the command.
  daemons+=($!)
}
wait_for() {  # SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      echo "kubernetes: waited in vain for: $*" >&2
      tail -n 5 "$node"/*.log >&2
      return 1
    fi
    sleep 0.2
  done
}

write_runtime
engine_up build
build_images prebuilt postgres
gcc -static -O1 -o "$node/pause" tests/kubernetes/pause.c
tar -C "$node" -c pause | docker import --change 'ENTRYPOINT ["/pause"]' - pause:local >/dev/null
engine_down
say "the images are built"

ip netns add "$network"
ip -n "$network" link set lo up
engine_up run
# The bridge of the engine is the node's network: pods have addresses of it, and the node is its first.
address=172.17.0.1
services=10.96.0.0/16
ip -n "$network" route add $services dev docker0

openssl genrsa -out "$node/accounts.key" 2048 2>/dev/null
openssl rsa -in "$node/accounts.key" -pubout -out "$node/accounts.pub" 2>/dev/null
token=$(openssl rand -hex 16)
echo "$token,admin,admin,\"system:masters\"" >"$node/tokens.csv"
cat >"$KUBECONFIG" <<YAML
apiVersion: v1
kind: Config
clusters: [{name: node, cluster: {server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: $token}}]
contexts: [{name: node, context: {cluster: node, user: admin}}]
current-context: node
YAML
daemon etcd etcd --data-dir "$node/etcd" --listen-client-urls http://127.0.0.1:2379 \
  --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
daemon kube-apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address=127.0.0.1 \
  --advertise-address=$address --secure-port=6443 --cert-dir="$node/certificates" --service-cluster-ip-range=$services \
  --token-auth-file="$node/tokens.csv" --authorization-mode=Node,RBAC --kubelet-preferred-address-types=InternalIP \
  --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$node/accounts.pub" \
  --service-account-signing-key-file="$node/accounts.key"
wait_for 120 inside kubectl get --raw /readyz
daemon kube-controller-manager kube-controller-manager --kubeconfig="$KUBECONFIG" --bind-address=127.0.0.1 --port=0 \
  --leader-elect=false --service-account-private-key-file="$node/accounts.key" --root-ca-file="$node/certificates/apiserver.crt"
daemon kube-scheduler kube-scheduler --kubeconfig="$KUBECONFIG" --bind-address=127.0.0.1 --port=0 --leader-elect=false
daemon kube-proxy kube-proxy --kubeconfig="$KUBECONFIG" --hostname-override=node --proxy-mode=iptables \
  --cluster-cidr=172.17.0.0/16 --conntrack-max-per-core=0 --healthz-bind-address=127.0.0.1:10256 \
  --metrics-bind-address=127.0.0.1:10249
daemon kubelet kubelet --kubeconfig="$KUBECONFIG" --root-dir="$node/kubelet" --cert-dir="$node/kubelet-certificates" \
  --container-runtime=docker --docker-endpoint="$DOCKER_HOST" --docker-root "$scratch/data" --network-plugin= \
  --pod-infra-container-image=pause:local --cgroup-driver=cgroupfs --fail-swap-on=false --hostname-override=node \
  --node-ip=$address --address=$address --healthz-bind-address=127.0.0.1 --oom-score-adj=0 --cluster-dns=$address \
  --cluster-domain=cluster.local --resolv-conf= --image-gc-high-threshold=100 --read-only-port=0 \
  --eviction-hard= --anonymous-auth=true --authorization-mode=AlwaysAllow --authentication-token-webhook=false
wait_for 120 inside kubectl wait --for=condition=Ready node/node --timeout=1s
say "the node is ready"

status=0
inside /usr/bin/python3 -B tests/kubernetes/run.py --state "$node/tests" ${results:+--results "$results"} || status=$?
say "the tests have run"
exit $status
