// CloudNativePG's resource Cluster, after its API reference (version 1.25): what is not listed here is a mistake, or has to
// be added with a look into https://cloudnative-pg.io/documentation/current/cloudnative-pg.v1/
import type {ObjectMeta} from "kubernetes-types/meta/v1";
import type {ResourceRequirements, TopologySpreadConstraint, Toleration, EnvVar} from "kubernetes-types/core/v1";

interface Reference {
  name: string;
}
interface KeyReference extends Reference {
  key: string;
}
interface SqlReferences {
  secretRefs?: KeyReference[];
  configMapRefs?: KeyReference[];
}

interface BootstrapInitdb {
  database?: string;
  owner?: string;
  secret?: Reference;
  dataChecksums?: boolean;
  encoding?: string;
  locale?: string;
  localeCollate?: string;
  localeCType?: string;
  localeProvider?: "libc" | "icu" | "builtin";
  walSegmentSize?: number;
  postInitSQL?: string[];
  postInitApplicationSQL?: string[];
  postInitTemplateSQL?: string[];
  postInitSQLRefs?: SqlReferences;
  postInitApplicationSQLRefs?: SqlReferences;
  postInitTemplateSQLRefs?: SqlReferences;
}

interface Role {
  name: string;
  comment?: string;
  ensure?: "present" | "absent";
  passwordSecret?: Reference;
  disablePassword?: boolean;
  connectionLimit?: number;
  validUntil?: string;
  inRoles?: string[];
  inherit?: boolean;
  superuser?: boolean;
  createdb?: boolean;
  createrole?: boolean;
  login?: boolean;
  replication?: boolean;
  bypassrls?: boolean;
}

interface PostgresConfiguration {
  parameters?: {[name: string]: string};
  synchronous?: {
    method: "any" | "first";
    number: number;
    maxStandbyNamesFromCluster?: number;
    standbyNamesPre?: string[];
    standbyNamesPost?: string[];
    dataDurability?: "required" | "preferred";
  };
  pg_hba?: string[];
  pg_ident?: string[];
  shared_preload_libraries?: string[];
  promotionTimeout?: number;
  enableAlterSystem?: boolean;
}

interface Storage {
  storageClass?: string;
  size?: string;
  resizeInUseVolumes?: boolean;
}

interface ClusterSpec {
  description?: string;
  inheritedMetadata?: {labels?: {[name: string]: string}; annotations?: {[name: string]: string}};
  imageName?: string;
  imageCatalogRef?: {apiGroup?: string; kind: "ImageCatalog" | "ClusterImageCatalog"; name: string; major: number};
  imagePullPolicy?: "Always" | "Never" | "IfNotPresent";
  imagePullSecrets?: Reference[];
  instances: number;
  minSyncReplicas?: number;
  maxSyncReplicas?: number;
  postgresql?: PostgresConfiguration;
  replicationSlots?: {highAvailability?: {enabled?: boolean; slotPrefix?: string}; updateInterval?: number};
  bootstrap?: {initdb?: BootstrapInitdb};
  enableSuperuserAccess?: boolean;
  superuserSecret?: Reference;
  certificates?: {
    serverCASecret?: string;
    serverTLSSecret?: string;
    clientCASecret?: string;
    replicationTLSSecret?: string;
    serverAltDNSNames?: string[];
  };
  storage?: Storage;
  walStorage?: Storage;
  startDelay?: number;
  stopDelay?: number;
  smartShutdownTimeout?: number;
  switchoverDelay?: number;
  failoverDelay?: number;
  affinity?: {
    enablePodAntiAffinity?: boolean;
    topologyKey?: string;
    nodeSelector?: {[name: string]: string};
    tolerations?: Toleration[];
    podAntiAffinityType?: "preferred" | "required";
  };
  topologySpreadConstraints?: TopologySpreadConstraint[];
  resources?: ResourceRequirements;
  priorityClassName?: string;
  primaryUpdateStrategy?: "unsupervised" | "supervised";
  primaryUpdateMethod?: "switchover" | "restart";
  nodeMaintenanceWindow?: {inProgress?: boolean; reusePVC?: boolean};
  monitoring?: {enablePodMonitor?: boolean; disableDefaultQueries?: boolean; tls?: {enabled?: boolean}};
  logLevel?: "error" | "warning" | "info" | "debug" | "trace";
  env?: EnvVar[];
  managed?: {roles?: Role[]};
  enablePDB?: boolean;
}

export interface Cluster {
  apiVersion: "postgresql.cnpg.io/v1";
  kind: "Cluster";
  metadata: ObjectMeta;
  spec: ClusterSpec;
}
