// EKS Auto Mode's load balancing, a process beside the control plane: keeps target groups at the pods that
// TargetGroupBindings select, and tells pods how their targets are. Argument: the cluster.
import { setTimeout as sleep } from "node:timers/promises";
import { targetGroups } from "../aws/elbv2-target-groups.ts";
import {
  deregister,
  forget,
  type Health,
  healthOf,
  notInUse,
  register,
  type Target,
  targetsOf,
} from "../aws/elbv2-targets.ts";
import { api, strategicMerge } from "../engines/kubernetes.ts";
import { watched } from "../engines/watched.ts";
import { type Binding, bindingPath, bindingsPath, definition, finalizer, gateOf } from "./binding.ts";
import { clusterTag } from "./description.ts";
import {
  type Endpoint,
  type EndpointSlice,
  endpointsOf,
  type Node,
  type Pod,
  type Service,
} from "./endpoints.ts";
import { isInUse } from "./store.ts";
import { startWebhook } from "./webhook.ts";

const [cluster] = process.argv.slice(2) as [string];
/** How long it waits before it says again why a binding doesn't work. */
const repeatSeconds = 60;

const toldAt = new Map<string, number>();

async function warn({ metadata: { namespace, name, uid } }: Binding, reason: string, message: string) {
  const key = `${uid} ${message}`;
  if (Date.now() - (toldAt.get(key) ?? 0) < repeatSeconds * 1000) return;
  toldAt.set(key, Date.now());
  const now = new Date().toISOString();
  await api(cluster, "POST", `/api/v1/namespaces/${namespace}/events`, {
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: "eks.amazonaws.com/v1", kind: "TargetGroupBinding", namespace, name, uid },
    ...{ type: "Warning", reason, message, source: { component: "targetGroupBinding" } },
    ...{ firstTimestamp: now, lastTimestamp: now, count: 1 },
  });
}

/** Sets the pod's condition behind its readiness gate, if it has one. */
async function tell(pod: Pod, gate: string, { state, reason = "", description = "" }: Health): Promise<void> {
  if (!pod.spec.readinessGates?.some(({ conditionType }) => conditionType === gate)) return;
  const known = pod.status.conditions?.find(({ type }) => type === gate);
  const status = state === "healthy" ? "True" : "False";
  if (known?.status === status && (known.reason ?? "") === reason) return;
  const { namespace, name, uid } = pod.metadata;
  const changed = known?.status === status ? known.lastTransitionTime : new Date().toISOString();
  const condition = { type: gate, status, reason, message: description, lastTransitionTime: changed };
  const patch = { metadata: { uid }, status: { conditions: [condition] } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  await api(cluster, "PATCH", path, patch, strategicMerge).catch((error: Error) => {
    // It has gone meanwhile.
    if (!/answered (404|409)/.test(error.message)) throw error;
  });
}

/** Nobody waits for what drains of a group that no load balancer uses. */
const leave = (target: Target): void =>
  isInUse(target.targetGroupArn) ? deregister(target) : forget(target);

const isAt = ({ ip, port }: Endpoint, target: Target): boolean => target.ip === ip && target.port === port;

async function follow(binding: Binding, { pods, nodes }: World): Promise<void> {
  const { metadata, spec } = binding;
  const arn = spec.targetGroupARN;
  const group = targetGroups.get(arn);
  if (group?.tagsAll?.[clusterTag] !== cluster) {
    const action = "is not authorized to perform: elasticloadbalancing:RegisterTargets";
    const why = group
      ? `because ${arn} has no tag ${clusterTag}: ${cluster}`
      : "TargetGroupNotFound: One or more target groups not found";
    return warn(binding, "FailedReconcile", `${action} on resource: ${arn} ${why}`);
  }
  const [services, slices] = await Promise.all([
    watched<Service>(cluster, `/api/v1/namespaces/${metadata.namespace}/services`),
    watched<EndpointSlice>(
      cluster,
      `/apis/discovery.k8s.io/v1/namespaces/${metadata.namespace}/endpointslices`,
    ),
  ]);
  const own = pods.filter((pod) => pod.metadata.namespace === metadata.namespace);
  const endpoints = endpointsOf(spec.serviceRef, services, slices, own, nodes);
  if (!endpoints)
    await warn(binding, "BackendNotFound", `backend not found: Service "${spec.serviceRef.name}"`);
  const targets = targetsOf(arn).filter(({ deregisteredAt }) => !deregisteredAt);
  for (const target of targets) if (!endpoints?.some((endpoint) => isAt(endpoint, target))) leave(target);
  for (const { ip, port } of endpoints ?? []) register(arn, ip, port);
  const now = targetsOf(arn);
  for (const endpoint of endpoints ?? []) {
    const target = now.find((candidate) => isAt(endpoint, candidate));
    const health = isInUse(arn) ? target && healthOf(target) : notInUse;
    if (health) await tell(endpoint.pod, gateOf(metadata.name), health);
  }
}

/** Its targets leave first; pods that wait for it no longer have to. */
async function cleanUp(binding: Binding, { pods }: World): Promise<void> {
  for (const target of targetsOf(binding.spec.targetGroupARN)) leave(target);
  const deleted: Health = { state: "healthy", description: "Target Group Binding is deleted" };
  for (const pod of pods.filter(({ metadata }) => metadata.namespace === binding.metadata.namespace))
    await tell(pod, gateOf(binding.metadata.name), deleted);
  await setFinalizers(
    binding,
    (binding.metadata.finalizers ?? []).filter((name) => name !== finalizer),
  );
}

const setFinalizers = (binding: Binding, finalizers: string[]) =>
  api(cluster, "PATCH", bindingPath(binding), { metadata: { finalizers } });

interface World {
  pods: Pod[];
  nodes: Node[];
}

async function step(): Promise<void> {
  const bindings = await watched<Binding>(cluster, bindingsPath);
  if (bindings.length === 0) return;
  const [pods, nodes] = await Promise.all([
    watched<Pod>(cluster, "/api/v1/pods"),
    watched<Node>(cluster, "/api/v1/nodes"),
  ]);
  for (const binding of bindings) {
    const { deletionTimestamp, finalizers = [] } = binding.metadata;
    const isOurs = finalizers.includes(finalizer);
    const work = async () => {
      if (!deletionTimestamp && !isOurs) await setFinalizers(binding, [...finalizers, finalizer]);
      if (!deletionTimestamp) await follow(binding, { pods, nodes });
      else if (isOurs) await cleanUp(binding, { pods, nodes });
    };
    // One that fails keeps no other one waiting.
    await work().catch((error) => console.error(`${error}`));
  }
}

// Before the kind: nobody binds anything that nothing looks at.
await startWebhook(cluster);
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
await api(cluster, "POST", definitions, definition).catch((error: Error) => {
  if (!error.message.includes("answered 409")) throw error;
});
for (;;) {
  // While the API is away there is nothing to do; it says so once it is back.
  await step().catch((error) => console.error(`${error}`));
  await sleep(1000);
}
