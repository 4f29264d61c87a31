// What NetworkPolicies mean for each pod, as Kubernetes says it and Auto Mode reads it.
import type { NetworkPolicy, Peer, Pod, PolicyPort, Service, World } from "./kubernetes-types.ts";
import { matches } from "./selectors.ts";

/** TCP, UDP or SCTP; without `from`, all ports. */
export interface Ports {
  protocol: string;
  from?: number;
  to?: number;
}

/** Allows what comes from `cidr`, or goes there. */
export interface Rule {
  cidr: string;
  except: string[];
  /** Without any, every protocol. */
  ports: Ports[];
  /** Whether a policy named the addresses themselves: those are addresses in AWS. */
  isBlock: boolean;
}

export interface PodRules {
  address: string;
  nodeName: string;
  /** Undefined where no policy is about this direction, and everything passes. */
  ingress?: Rule[];
  egress?: Rule[];
}

const everywhere = { cidr: "0.0.0.0/0", except: [], isBlock: false };

const isRunning = ({ spec, status }: Pod): boolean =>
  Boolean(status.podIP) && !spec.hostNetwork && !["Succeeded", "Failed"].includes(status.phase ?? "");

export function rulesOf(world: World): PodRules[] {
  const pods = world.pods.filter(isRunning);
  return pods.flatMap((pod) => {
    const own = world.policies.filter(
      ({ metadata, spec }) =>
        metadata.namespace === pod.metadata.namespace && matches(spec.podSelector, pod.metadata.labels),
    );
    if (own.length === 0) return [];
    const ingress = own.filter((policy) => typesOf(policy).includes("Ingress"));
    const egress = own.filter((policy) => typesOf(policy).includes("Egress"));
    return [
      {
        address: pod.status.podIP as string,
        nodeName: pod.spec.nodeName ?? "",
        ...(ingress.length > 0 && { ingress: ingress.flatMap((policy) => into(policy, pod, pods, world)) }),
        ...(egress.length > 0 && { egress: egress.flatMap((policy) => outOf(policy, pods, world)) }),
      },
    ];
  });
}

const typesOf = ({ spec: { policyTypes, egress } }: NetworkPolicy): string[] =>
  policyTypes ?? ["Ingress", ...(egress ? ["Egress"] : [])];

function into({ metadata, spec }: NetworkPolicy, pod: Pod, pods: Pod[], world: World): Rule[] {
  return (spec.ingress ?? []).flatMap(({ from, ports }) =>
    allowed(ports, portsOf(ports, pod)).flatMap((open) => {
      if (!from?.length) return [{ ...everywhere, ports: open }];
      const callers = from.flatMap((peer) => podsOf(peer, metadata.namespace, pods, world));
      return [
        ...from.flatMap((peer) => block(peer, open)),
        ...callers.map((caller) => host(caller.status.podIP, open)),
      ];
    }),
  );
}

function outOf({ metadata, spec }: NetworkPolicy, pods: Pod[], world: World): Rule[] {
  return (spec.egress ?? []).flatMap(({ to, ports }) => {
    const numbers = portsOf(ports);
    if (!to?.length) return allowed(ports, numbers).map((open) => ({ ...everywhere, ports: open }));
    return to.flatMap((peer) => [
      ...allowed(ports, numbers).flatMap((open) => block(peer, open)),
      ...podsOf(peer, metadata.namespace, pods, world).flatMap((called) =>
        allowed(ports, portsOf(ports, called)).map((open) => host(called.status.podIP, open)),
      ),
      ...servicesOf(peer, metadata.namespace, world).flatMap((service) =>
        allowed(ports, listeningPorts(ports, service, pods)).map((open) =>
          host(service.spec.clusterIP, open),
        ),
      ),
    ]);
  });
}

/** Nothing where a rule names ports and none of them is there: no ports at all would stand for all. */
const allowed = (asked: PolicyPort[] | undefined, found: Ports[]): Ports[][] =>
  asked?.length && found.length === 0 ? [] : [found];

const host = (address: string | undefined, ports: Ports[]): Rule => ({
  cidr: `${address}/32`,
  except: [],
  ports,
  isBlock: false,
});

const block = ({ ipBlock }: Peer, ports: Ports[]): Rule[] =>
  ipBlock ? [{ cidr: ipBlock.cidr, except: ipBlock.except ?? [], ports, isBlock: true }] : [];

/** In numbers; a name is that of a port of `pod`. */
function portsOf(ports: PolicyPort[] = [], pod?: Pod): Ports[] {
  return ports.flatMap(({ protocol = "TCP", port, endPort }) => {
    if (port === undefined) return [{ protocol }];
    if (typeof port === "number") return [{ protocol, from: port, to: endPort ?? port }];
    const named = pod?.spec.containers
      .flatMap((container) => container.ports ?? [])
      .find((candidate) => candidate.name === port && (candidate.protocol ?? "TCP") === protocol);
    return named ? [{ protocol, from: named.containerPort, to: named.containerPort }] : [];
  });
}

function namespacesOf({ namespaceSelector }: Peer, own: string, { namespaces }: World): string[] {
  if (!namespaceSelector) return [own];
  return namespaces
    .filter(({ metadata }) => matches(namespaceSelector, metadata.labels))
    .map(({ metadata }) => metadata.name);
}

function podsOf(peer: Peer, own: string, pods: Pod[], world: World): Pod[] {
  if (peer.ipBlock) return [];
  const namespaces = namespacesOf(peer, own, world);
  return pods.filter(
    ({ metadata }) =>
      namespaces.includes(metadata.namespace) && matches(peer.podSelector ?? {}, metadata.labels),
  );
}

/**
 * Calls are judged as a pod makes them, at a Service's address. Those of the Services that ask for what the policy asks
 * for are allowed as well (`getMatchingServiceClusterIPs` in aws/amazon-network-policy-controller-k8s, 2026-11).
 */
function servicesOf(peer: Peer, own: string, world: World): Service[] {
  if (peer.ipBlock) return [];
  const namespaces = namespacesOf(peer, own, world);
  return world.services.filter(
    ({ metadata, spec }) =>
      namespaces.includes(metadata.namespace) &&
      spec.clusterIP &&
      spec.clusterIP !== "None" &&
      matches(peer.podSelector ?? {}, spec.selector),
  );
}

/** Where a Service listens for ports of its pods. */
function listeningPorts(ports: PolicyPort[] = [], { metadata, spec }: Service, pods: Pod[]): Ports[] {
  const selected = pods.filter(
    (pod) =>
      pod.metadata.namespace === metadata.namespace &&
      matches({ matchLabels: spec.selector ?? {} }, pod.metadata.labels),
  );
  const numbers = (asked: PolicyPort) => [undefined, ...selected].flatMap((pod) => portsOf([asked], pod));
  return ports.flatMap((asked) => {
    const { protocol = "TCP", port } = asked;
    if (port === undefined) return [{ protocol }];
    const wanted = numbers(asked);
    return (spec.ports ?? [])
      .filter((own) => (own.protocol ?? "TCP") === protocol)
      .filter(({ port, targetPort = port }) =>
        numbers({ protocol, port: targetPort }).some(({ from = 0 }) =>
          wanted.some((range) => from >= (range.from ?? 0) && from <= (range.to ?? 0)),
        ),
      )
      .map((own) => ({ protocol, from: own.port, to: own.port }));
  });
}
