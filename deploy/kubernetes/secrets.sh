#!/usr/bin/env bash
# Makes the secrets of an overlay, which its kustomization.yaml reads: random passwords and the key; for dev certificates,
# too, which in production are cert-manager's.
#
#   deploy/kubernetes/secrets.sh dev|production
#
# What is there already stays as it is. Only you can read them.
set -euo pipefail

overlay=${1:-}
cd "$(dirname "${BASH_SOURCE[0]}")/overlays"
if [ -z "$overlay" ] || [ ! -e "$overlay/kustomization.yaml" ]; then
  echo "usage: deploy/kubernetes/secrets.sh dev|production" >&2
  exit 2
fi

umask 077
mkdir -p "$overlay/secrets"
for name in $(sed -nE 's|.*secrets/([a-z_]+).*|\1|p' "$overlay/kustomization.yaml"); do
  [ -e "$overlay/secrets/$name" ] && continue
  # Without a line end: Kubernetes hands on the very bytes, and a password has none.
  printf '%s' "$(openssl rand -hex 32)" >"$overlay/secrets/$name.new"
  mv "$overlay/secrets/$name.new" "$overlay/secrets/$name"
done
if grep -q =tls/ "$overlay/kustomization.yaml" && [ ! -e "$overlay/tls/operator/certificate.pem" ]; then
  ../../tls/make-dev-ca.sh "$overlay/tls"
fi
echo "Keep a copy of $PWD/$overlay/secrets/hs_token_key apart from backups of the database: neither is of use without the other."
