import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { SURGE } from "../checks/connections.ts";
import type { Migration } from "./migration.ts";
import { PORT, PROBE_HOST, SERVICE, type Workload } from "./workload.ts";

export interface AppArgs {
  workload: Workload;
  /** No new pod starts before it is done; when it fails, the old ones keep serving. */
  migration: Migration;
  replicas: number;
  /** Head start of load balancers before SIGTERM. */
  preStopSeconds: number;
  /** When Kubernetes kills a pod, counted from the start of preStop. */
  terminationGracePeriodSeconds: number;
}

/** The pods that serve requests, and the Service in front of them. */
export class App extends pulumi.ComponentResource {
  /** Name of the Service, which answers at port 80 inside the cluster. */
  readonly service: pulumi.Output<string>;

  constructor(name: string, args: AppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:App", name, {}, opts);
    const labels = { "app.kubernetes.io/name": SERVICE };
    this.service = service(`${name}-service`, args, labels, this);
    deployment(`${name}-deployment`, args, labels, this);
    this.registerOutputs();
  }
}

type Labels = Record<string, string>;

function service(name: string, args: AppArgs, labels: Labels, parent: App): pulumi.Output<string> {
  const service = new kubernetes.core.v1.Service(
    name,
    {
      metadata: {
        name: SERVICE,
        namespace: args.workload.namespace,
        labels,
        // Pulumi would wait for endpoints, and 10 seconds after each change of them: the Deployment
        // says already when pods are ready.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    },
    { parent },
  );
  return service.metadata.name;
}

function deployment(name: string, args: AppArgs, labels: Labels, parent: App) {
  new kubernetes.apps.v1.Deployment(
    name,
    {
      metadata: { name: SERVICE, namespace: args.workload.namespace, labels },
      spec: {
        replicas: args.replicas,
        selector: { matchLabels: labels },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: SURGE, maxUnavailable: 0 } },
        minReadySeconds: 5,
        revisionHistoryLimit: 3,
        // A pod that never gets ready fails the rollout; its start-up and a new node take less.
        progressDeadlineSeconds: 300,
        template: {
          metadata: { labels },
          spec: args.workload.pod(
            {
              name: "app",
              args: ["serve"],
              ports: [{ name: "http", containerPort: PORT }],
              startupProbe: probe("/healthz", { periodSeconds: 5, failureThreshold: 30 }),
              livenessProbe: probe("/healthz", { periodSeconds: 10 }),
              readinessProbe: probe("/readyz", { periodSeconds: 5 }),
              lifecycle: { preStop: { sleep: { seconds: args.preStopSeconds } } },
            },
            {
              terminationGracePeriodSeconds: args.terminationGracePeriodSeconds,
              topologySpreadConstraints: [
                spread("topology.kubernetes.io/zone", labels),
                spread("kubernetes.io/hostname", labels),
              ],
            },
          ),
        },
      },
    },
    { parent, dependsOn: args.migration.job },
  );
}

function probe(
  path: string,
  timing: Pick<kubernetes.types.input.core.v1.Probe, "periodSeconds" | "failureThreshold">,
) {
  // The database has one second to answer /readyz.
  return {
    httpGet: { path, port: "http", httpHeaders: [{ name: "Host", value: PROBE_HOST }] },
    timeoutSeconds: 2,
    ...timing,
  };
}

function spread(topologyKey: string, matchLabels: Labels) {
  return {
    topologyKey,
    maxSkew: 1,
    // Pods that are badly spread, after the loss of a zone, beat pods that don't start.
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
    // Each rollout is spread by itself, not around the pods that it replaces.
    matchLabelKeys: ["pod-template-hash"],
  };
}
