// Of Kubernetes' API, what policies are about.

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface Metadata {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
}

export interface PolicyPort {
  /** @default TCP */
  protocol?: string;
  port?: number | string;
  endPort?: number;
}

export interface Peer {
  ipBlock?: { cidr: string; except?: string[] };
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
}

export interface NetworkPolicy {
  metadata: Metadata;
  spec: {
    podSelector: LabelSelector;
    policyTypes?: string[];
    ingress?: { from?: Peer[]; ports?: PolicyPort[] }[];
    egress?: { to?: Peer[]; ports?: PolicyPort[] }[];
  };
}

export interface Pod {
  metadata: Metadata;
  spec: {
    nodeName?: string;
    hostNetwork?: boolean;
    containers: { ports?: { name?: string; containerPort: number; protocol?: string }[] }[];
  };
  status: { phase?: string; podIP?: string };
}

export interface Namespace {
  metadata: Omit<Metadata, "namespace">;
}

export interface Service {
  metadata: Metadata;
  spec: {
    clusterIP?: string;
    selector?: Record<string, string>;
    ports?: { port: number; targetPort?: number | string; protocol?: string }[];
  };
}

export interface World {
  policies: NetworkPolicy[];
  pods: Pod[];
  namespaces: Namespace[];
  services: Service[];
}
