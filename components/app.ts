import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { autoscaler, disruptionBudget, type Scaling, type Target } from "./autoscaling.ts";
import { explained } from "./explained.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import { adapterName } from "./metrics-adapter.ts";
import type { Migration } from "./migration.ts";
import { shutOldLogin } from "./old-login.ts";
import { blocks, namespaces, podsOf, policy } from "./policies.ts";
import { reached } from "./reaches.ts";
import { SURGE } from "./rollout.ts";
import { PROGRESS_SECONDS, type Stopping, serving } from "./serving.ts";
import { singlePod } from "./single-pod.ts";
import { spreadOut } from "./spread.ts";
import { targetGroupBinding } from "./target-group-binding.ts";
import type { Workload } from "./workload.ts";

/** How long a new pod has to stay ready before the next one is replaced: one that dies at once stops the rollout. */
const STEADY_SECONDS = 5;
/** What each further pod of a rollout adds, one after the other. */
const POD_SECONDS = 30;

export interface AppArgs extends Scaling, Stopping {
  workload: Workload;
  /** Of the load balancers that call its pods. */
  ingressCidrs: readonly string[];
  /** Namespaces whose pods may call the Service. */
  callers: readonly string[];
  /** No new pod starts before it is done; when it fails, the old ones keep serving. */
  migration?: Migration;
  /** Leads to the pods. They are done when it finds them healthy. */
  loadBalancer?: LoadBalancer;
  /** What must exist before a pod can serve a request. */
  after?: pulumi.Resource[];
}

/** The pods that do the work, as many as it takes, and the Service in front of those that answer requests. */
export class App extends pulumi.ComponentResource {
  /** Name of the Service, which answers at port 80 inside the cluster. A worker has none. */
  readonly service?: pulumi.Output<string>;

  constructor(name: string, args: AppArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:App", name, {}, opts);
    const { namespace, description } = args.workload;
    const labels = { "app.kubernetes.io/name": description.name };
    const target = { namespace, name: description.name, labels };
    if (description.http) this.service = service(`${name}-service`, target, this);
    const before = [
      args.workload.isolation,
      ways(`${name}-ways`, args, target, this),
      ...(args.after ?? []),
      ...bound(name, args, this.service, this),
    ];
    if (args.workload.file) singlePod(`${name}-pod`, args, target, before, this);
    else manyPods(name, args, target, before, this);
    this.registerOutputs();
  }
}

function service(
  name: string,
  { namespace, name: serviceName, labels }: Target,
  parent: App,
): pulumi.Output<string> {
  const service = new Service(
    name,
    {
      metadata: {
        name: serviceName,
        namespace,
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

/** Of its pods. */
function ways(
  name: string,
  { workload, ingressCidrs, callers }: AppArgs,
  { namespace, name: policyName, labels }: Target,
  parent: App,
): pulumi.Resource {
  const { description, metrics } = workload;
  const { name: serviceName, http, reaches } = description;
  const peers = [...blocks(ingressCidrs), ...namespaces(callers)];
  const from = http ? [{ peers, port: http.port }] : [];
  if (metrics) from.push({ peers: podsOf(adapterName(serviceName)), port: metrics.port });
  const to = [...workload.toPool, ...reached(reaches)];
  return policy(name, { namespace, policyName, labels, from, to }, { parent });
}

/** Pods that are made before they are bound would count as ready without the load balancer. */
function bound(
  name: string,
  { workload, loadBalancer }: AppArgs,
  service: pulumi.Output<string> | undefined,
  parent: App,
): pulumi.Resource[] {
  if (!loadBalancer || !service) return [];
  const { targetGroupArn, open } = loadBalancer;
  return [
    targetGroupBinding(`${name}-binding`, workload.namespace, service, targetGroupArn, parent),
    ...open,
  ];
}

function manyPods(name: string, args: AppArgs, target: Target, before: pulumi.Resource[], parent: App): void {
  disruptionBudget(`${name}-budget`, target, parent);
  const { metrics } = args.workload;
  const scaler = autoscaler(`${name}-autoscaler`, args, metrics?.requestsInFlight, target, parent);
  const migrated = args.migration ? [args.migration.job] : [];
  const after = [...before, ...migrated, scaler];
  const rolledOut = deployment(`${name}-deployment`, args, target, after, parent);
  shutOldLogin(`${name}-old-login`, args, rolledOut, parent);
}

function deployment(name: string, args: AppArgs, target: Target, dependsOn: pulumi.Resource[], parent: App) {
  const { labels, ...names } = target;
  // Pulumi waits this long before it reports a rollout as failed.
  const timeout = `${PROGRESS_SECONDS + args.maxReplicas * POD_SECONDS}s`;
  return new Deployment(
    name,
    {
      metadata: { ...names, labels },
      spec: {
        // Of the first rollout, which waits for all of them. Then they are the autoscaler's.
        replicas: args.minReplicas,
        selector: { matchLabels: labels },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: SURGE, maxUnavailable: 0 } },
        minReadySeconds: STEADY_SECONDS,
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: PROGRESS_SECONDS,
        template: {
          metadata: { labels },
          spec: args.workload.pod(serving(args.workload.description, args), {
            terminationGracePeriodSeconds: args.terminationGracePeriodSeconds,
            topologySpreadConstraints: spreadOut(labels),
          }),
        },
      },
    },
    {
      parent,
      dependsOn,
      // The provider then leaves the field to its other owner, also in server-side apply (pulumi-kubernetes#2542).
      ignoreChanges: ["spec.replicas"],
      customTimeouts: {
        create: timeout,
        update: timeout,
        // Until the last pod is gone, which may take longer than the provider's 10 minutes.
        delete: `${PROGRESS_SECONDS + args.terminationGracePeriodSeconds}s`,
      },
      hooks: explained(name, { workload: args.workload, labels, command: "serve" }, parent),
    },
  );
}
