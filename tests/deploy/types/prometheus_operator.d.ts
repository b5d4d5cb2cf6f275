// The Prometheus operator's resources, after its API reference: what is not listed here is a mistake, or has to be added
// with a look into https://prometheus-operator.dev/docs/api-reference/api/
import type {LabelSelector, ObjectMeta} from "kubernetes-types/meta/v1";

interface Endpoint {
  port?: string;
  path?: string;
  scheme?: "http" | "https";
  interval?: string;
  scrapeTimeout?: string;
  honorLabels?: boolean;
}

export interface ServiceMonitor {
  apiVersion: "monitoring.coreos.com/v1";
  kind: "ServiceMonitor";
  metadata: ObjectMeta;
  spec: {
    jobLabel?: string;
    targetLabels?: string[];
    podTargetLabels?: string[];
    endpoints: Endpoint[];
    selector: LabelSelector;
    namespaceSelector?: {any?: boolean; matchNames?: string[]};
  };
}

interface Rule {
  record?: string;
  alert?: string;
  expr: string | number;
  for?: string;
  keep_firing_for?: string;
  labels?: {[name: string]: string};
  annotations?: {[name: string]: string};
}

export interface PrometheusRule {
  apiVersion: "monitoring.coreos.com/v1";
  kind: "PrometheusRule";
  metadata: ObjectMeta;
  spec: {groups?: {name: string; interval?: string; limit?: number; rules?: Rule[]}[]};
}
