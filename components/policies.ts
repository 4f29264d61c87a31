// What may talk to what, as NetworkPolicies: each component makes that of its own pods.
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { networking } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";

type Peer = networking.v1.NetworkPolicyPeer;

/** Connections by TCP with those at its other end. */
export interface Way {
  peers: readonly Peer[];
  /** That of whoever is called: a pod's own, not its Service's. */
  port: pulumi.Input<number>;
  /** @default TCP */
  protocol?: "TCP" | "UDP";
}

export interface PolicyArgs {
  namespace: pulumi.Input<string>;
  /** In Kubernetes. */
  policyName: string;
  /** Of the pods that it is for; without any, for all of the namespace. */
  labels?: Record<string, string>;
  /** Who may call them. */
  from?: readonly Way[];
  /** Whom they may call. */
  to?: readonly Way[];
}

/** Allows what it names. What no policy of a pod allows is cut, in both directions. */
export function policy(
  name: string,
  { namespace, policyName, labels = {}, from = [], to = [] }: PolicyArgs,
  opts: pulumi.CustomResourceOptions,
): NetworkPolicy {
  // A rule without peers would allow everybody.
  const between = (ways: readonly Way[]) => ways.filter(({ peers }) => peers.length > 0);
  const ports = ({ port, protocol = "TCP" }: Way) => [{ port, protocol }];
  return new NetworkPolicy(
    name,
    {
      metadata: { name: policyName, namespace },
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ["Ingress", "Egress"],
        ingress: between(from).map((way) => ({ from: [...way.peers], ports: ports(way) })),
        egress: between(to).map((way) => ({ to: [...way.peers], ports: ports(way) })),
      },
    },
    opts,
  );
}

export const blocks = (cidrs: readonly pulumi.Input<string>[]): Peer[] =>
  cidrs.map((cidr) => ({ ipBlock: { cidr } }));

/** Pods of the same namespace that have this name. */
export const podsOf = (name: string): Peer[] => [
  { podSelector: { matchLabels: { "app.kubernetes.io/name": name } } },
];

/** All pods of these namespaces. */
export const namespaces = (names: readonly string[]): Peer[] =>
  names.map((name) => ({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } } }));

/**
 * All but what is reserved for private networks (RFC 1918, RFC 6598) and for a link (RFC 3927): the VPC and its peers,
 * Services, and the instance's metadata at 169.254.169.254. What is in there is allowed by a narrower block, since the
 * narrowest that holds an address decides (aws/amazon-network-policy-controller-k8s#146).
 */
const INTERNET: Peer = {
  ipBlock: {
    cidr: "0.0.0.0/0",
    except: ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
  },
};

export const HTTPS: Way = { peers: [INTERNET], port: 443 };

/**
 * AWS' APIs, and the agent of Pod Identity, which hands out the role's credentials on each node ("Learn how EKS Pod
 * Identity grants pods access to AWS services" in the EKS user guide, and aws/eks-pod-identity-agent; 2026-11).
 */
export const AWS: readonly Way[] = [HTTPS, { peers: blocks(["169.254.170.23/32"]), port: 80 }];

/** At the address of its Service: calls are judged by the address that a pod calls (docs/architecture.md). */
export const kubernetesApi = (address: pulumi.Output<string>): Way => ({
  peers: blocks([address.apply((ip) => `${ip}/32`)]),
  port: 443,
});

/** The names that pods ask for. */
export const dns = (address: pulumi.Output<string>): Way[] =>
  (["UDP", "TCP"] as const).map((protocol) => ({
    peers: blocks([address.apply((ip) => `${ip}/32`)]),
    port: 53,
    protocol,
  }));
