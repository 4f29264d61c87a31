// A load balancer as its proxy needs to know it.

/** By this tag EKS Auto Mode may register a cluster's pods (AmazonEKSLoadBalancingPolicy, 2026-11). */
export const clusterTag = "eks:eks-cluster-name";

export interface LoadBalancer {
  /** Where its listeners are. */
  address: string;
  /** One in each of its subnets: who talks to targets. */
  sources: string[];
  idleTimeoutSeconds: number;
  dropInvalidHeaderFields: boolean;
  xffHeaderProcessingMode: "append" | "preserve" | "remove";
  /** Offered to clients of TLS; targets always get HTTP/1.1. */
  http2: boolean;
  listeners: Listener[];
  /** Those that a listener forwards to. */
  groups: TargetGroup[];
}

export interface Redirect {
  protocol: string;
  host: string;
  port: string;
  path: string;
  query: string;
  statusCode: string;
}

export type Action =
  | { group: TargetGroup }
  | { redirect: Redirect }
  | { answer: { status: string; contentType: string; body: string } };

export interface Listener {
  port: number;
  action: Action;
  /** None for HTTP. */
  tls?: {
    /** Name of the file with its certificate and key. */
    certificate: string;
    names: string[];
    oldest: "TLSv1.2" | "TLSv1.3";
  };
}

export interface TargetGroup {
  arn: string;
  name: string;
  deregistrationDelaySeconds: number;
  healthCheck: HealthCheck;
}

export interface HealthCheck {
  path: string;
  /** `traffic-port`, or a number. */
  port: string;
  intervalSeconds: number;
  timeoutSeconds: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
  /** Such as `200`, `200,202` or `200-299`. */
  matcher: string;
}
