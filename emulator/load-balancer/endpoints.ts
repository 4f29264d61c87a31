// Which pods of a Service belong into a target group: as aws-load-balancer-controller decides (pkg/backend, 2026-11).

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  lastTransitionTime?: string;
}

export interface Pod {
  metadata: { name: string; namespace: string; uid: string };
  spec: { nodeName?: string; readinessGates?: { conditionType: string }[] };
  status: { conditions?: Condition[] };
}

export interface Node {
  metadata: { name: string };
  status: { conditions?: Condition[] };
}

export interface Service {
  metadata: { name: string };
  spec: { ports?: { name?: string; port: number }[] };
}

export interface EndpointSlice {
  metadata: { labels?: Record<string, string> };
  ports?: { name?: string; port?: number }[] | null;
  endpoints?:
    | {
        addresses: string[];
        conditions: { ready?: boolean; terminating?: boolean };
        targetRef?: { kind: string; name: string };
      }[]
    | null;
}

export interface Endpoint {
  ip: string;
  port: number;
  pod: Pod;
}

const isTrue = ({ status }: Pod | Node, type: string): boolean =>
  status.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

/** Undefined when there is no such Service, or port of it. */
export function endpointsOf(
  serviceRef: { name: string; port: number | string },
  services: Service[],
  slices: EndpointSlice[],
  pods: Pod[],
  nodes: Node[],
): Endpoint[] | undefined {
  const service = services.find(({ metadata }) => metadata.name === serviceRef.name);
  const servicePort = service?.spec.ports?.find(({ name, port }) => [name, port].includes(serviceRef.port));
  if (!servicePort) return undefined;
  return slices
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === serviceRef.name)
    .flatMap(({ ports, endpoints }) => {
      const port = ports?.find(({ name }) => (name ?? "") === (servicePort.name ?? ""))?.port;
      return (endpoints ?? []).flatMap(({ addresses: [ip], conditions, targetRef }) => {
        const pod =
          targetRef?.kind === "Pod" && pods.find(({ metadata }) => metadata.name === targetRef.name);
        if (!ip || !port || !pod) return [];
        // A pod waits for its gate: its containers decide. One that terminates is gone.
        const node = nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName);
        const couldBeReady =
          !conditions.terminating && isTrue(pod, "ContainersReady") && node && isTrue(node, "Ready");
        return conditions.ready || couldBeReady ? [{ ip, port, pod }] : [];
      });
    });
}
