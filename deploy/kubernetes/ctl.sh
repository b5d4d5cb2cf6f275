#!/usr/bin/env bash
# Runs causewayctl in the cluster, in a pod of its own that is gone afterwards, with the operator's certificate.
#
#   deploy/kubernetes/ctl.sh queue list
#   deploy/kubernetes/ctl.sh grant create --name irc --as_token_file /dev/stdin --users '@irc_.*' <irc.token
#
# From the environment: IMAGE (that of causewayctl, of the overlay's release: required), NAMESPACE (default causeway),
# KUBECTL (default kubectl).
set -euo pipefail

name=causewayctl-$RANDOM$RANDOM
# Who is there can be asked before something is destroyed.
terminal=false
if [ -t 0 ] && [ -t 1 ]; then terminal=true; fi
image=${IMAGE:?names the image of causewayctl, such as causeway/causewayctl:dev}
words=(
  --registry=registry:7101 --query_proxy=query-proxy:7102 --push_dispatcher=push-dispatcher:7103
  --homeserver=homeserver:7104 --gateway=gateway:7105
  --tls_certificate=/run/tls/tls.crt --tls_key=/run/tls/tls.key --tls_ca=/run/tls/ca.crt
  "$@"
)
arguments=
for word in "${words[@]}"; do
  word=${word//\\/\\\\}
  arguments+="${arguments:+, }\"${word//\"/\\\"}\""
done
# The labels are what the network policies know it by; the rest is what the namespace asks of any pod.
read -r -d '' overrides <<JSON || true
{"spec": {
  "automountServiceAccountToken": false,
  "enableServiceLinks": false,
  "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
  "containers": [{
    "name": "$name", "image": "$image", "stdin": true, "stdinOnce": true, "tty": $terminal,
    "args": [$arguments],
    "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
    "volumeMounts": [{"name": "tls", "mountPath": "/run/tls", "readOnly": true}]
  }],
  "volumes": [{"name": "tls", "secret": {"secretName": "operator-tls", "defaultMode": 288}}]
}}
JSON
exec "${KUBECTL:-kubectl}" --namespace "${NAMESPACE:-causeway}" run "$name" --image "$image" --restart=Never --rm \
  --stdin "--tty=$terminal" --quiet --labels app.kubernetes.io/name=causewayctl,app.kubernetes.io/part-of=causeway --overrides "$overrides"
