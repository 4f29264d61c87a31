import type { core } from "@pulumi/kubernetes/types/input.js";
import type { Description, Http } from "../description/description.ts";
import type { Container } from "./pod.ts";

/** How a pod of the service goes. */
export interface Stopping {
  /** Head start of load balancers before SIGTERM. */
  preStopSeconds: number;
  /** When Kubernetes kills a pod, counted from the start of preStop. */
  terminationGracePeriodSeconds: number;
}

/** In which a pod is started, on a new node if need be; one that never gets ready fails the rollout. */
export const PROGRESS_SECONDS = 300;

/** The container that does the work. */
export function serving({ serve, http }: Description, { preStopSeconds }: Stopping): Container {
  return {
    name: "app",
    command: [...serve],
    // As the migration's: the log's end is in the output of `pulumi up`.
    terminationMessagePolicy: "FallbackToLogsOnError",
    // A worker has no requests that would have to find another pod first.
    ...(http && answering(http, preStopSeconds)),
  };
}

function answering(http: Http, preStopSeconds: number): Partial<Container> {
  return {
    ports: [{ name: "http", containerPort: http.port }],
    startupProbe: probe(http.liveness, { periodSeconds: 5, failureThreshold: 30 }),
    // Who is only short of CPU is unready long before: a restart would leave its requests to others who are as short.
    livenessProbe: probe(http.liveness, { periodSeconds: 10, failureThreshold: 6 }),
    readinessProbe: probe(http.readiness, { periodSeconds: 5 }),
    lifecycle: { preStop: { sleep: { seconds: preStopSeconds } } },
  };
}

function probe(path: string, timing: Pick<core.v1.Probe, "periodSeconds" | "failureThreshold">) {
  // A service that asks its database has a second for it, and one to say so.
  return {
    httpGet: { path, port: "http" },
    timeoutSeconds: 2,
    ...timing,
  };
}
