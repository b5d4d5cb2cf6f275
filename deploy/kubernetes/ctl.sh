#!/usr/bin/env bash
# Runs causewayctl in the cluster, in a pod of its own that is gone afterwards.
#
#   deploy/kubernetes/ctl.sh queue list
#   deploy/kubernetes/ctl.sh grant create --name irc --as_token_file /dev/stdin --users '@irc_.*' <irc.token
#
# From the environment: NAMESPACE (default causeway), IMAGE (default causeway/causewayctl), KUBECTL (default kubectl).
set -euo pipefail

name=causewayctl-$RANDOM$RANDOM
image=${IMAGE:-causeway/causewayctl}
peers='"--registry=registry:7101", "--query_proxy=query-proxy:7102", "--push_dispatcher=push-dispatcher:7103", "--homeserver=homeserver:7104"'
words=
for word in "$@"; do
  word=${word//\\/\\\\}
  words+=", \"${word//\"/\\\"}\""
done
# The labels are what the network policies know it by; the rest is what the namespace asks of any pod.
read -r -d '' overrides <<JSON || true
{"spec": {
  "automountServiceAccountToken": false,
  "enableServiceLinks": false,
  "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "runAsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
  "containers": [{
    "name": "$name", "image": "$image", "stdin": true, "stdinOnce": true,
    "args": [$peers$words],
    "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}
  }]
}}
JSON
exec "${KUBECTL:-kubectl}" --namespace "${NAMESPACE:-causeway}" run "$name" --image "$image" --restart=Never --rm --stdin --quiet \
  --labels app.kubernetes.io/name=causewayctl,app.kubernetes.io/part-of=causeway --overrides "$overrides"
