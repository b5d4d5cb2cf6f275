#!/usr/bin/env bash
# The alerts of deploy/prometheus as the resource that the Prometheus operator reads. After a change to them:
#
#   deploy/kubernetes/prometheus_rule.sh >deploy/kubernetes/overlays/production/prometheus-rule.yaml
set -euo pipefail

alerts="$(dirname "${BASH_SOURCE[0]}")/../prometheus/alerts.yml"
cat <<'YAML'
# Made by deploy/kubernetes/prometheus_rule.sh from deploy/prometheus/alerts.yml.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: causeway
  labels: {app.kubernetes.io/part-of: causeway}
spec:
YAML
if [ -e "$alerts" ]; then
  sed -E 's/^(.+)$/  \1/' "$alerts"
else
  echo "  groups: []"
fi
