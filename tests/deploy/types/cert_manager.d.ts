// cert-manager's resources Issuer and Certificate, after its API reference (version 1.17): what is not listed here is a
// mistake, or has to be added with a look into https://cert-manager.io/docs/reference/api-docs/
import type {ObjectMeta} from "kubernetes-types/meta/v1";

interface IssuerReference {
  name: string;
  kind?: "Issuer" | "ClusterIssuer";
  group?: string;
}

type Usage =
  | "signing"
  | "digital signature"
  | "content commitment"
  | "key encipherment"
  | "key agreement"
  | "data encipherment"
  | "cert sign"
  | "crl sign"
  | "any"
  | "server auth"
  | "client auth";

interface PrivateKey {
  rotationPolicy?: "Never" | "Always";
  encoding?: "PKCS1" | "PKCS8";
  algorithm?: "RSA" | "ECDSA" | "Ed25519";
  size?: number;
}

interface CertificateSpec {
  secretName: string;
  secretTemplate?: {annotations?: {[name: string]: string}; labels?: {[name: string]: string}};
  issuerRef: IssuerReference;
  commonName?: string;
  dnsNames?: string[];
  duration?: string;
  renewBefore?: string;
  isCA?: boolean;
  usages?: Usage[];
  privateKey?: PrivateKey;
  revisionHistoryLimit?: number;
}

export interface Certificate {
  apiVersion: "cert-manager.io/v1";
  kind: "Certificate";
  metadata: ObjectMeta;
  spec: CertificateSpec;
}

interface IssuerSpec {
  selfSigned?: {crlDistributionPoints?: string[]};
  ca?: {
    secretName: string;
    crlDistributionPoints?: string[];
    ocspServers?: string[];
    issuingCertificateURLs?: string[];
  };
}

export interface Issuer {
  apiVersion: "cert-manager.io/v1";
  kind: "Issuer";
  metadata: ObjectMeta;
  spec: IssuerSpec;
}
