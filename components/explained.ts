import * as pulumi from "@pulumi/pulumi";
import { type Command, causes, type Sight } from "../description/causes.ts";
import { located } from "../description/line.ts";
import { KubernetesApi } from "./kubernetes-api.ts";
import type { Workload } from "./workload.ts";

/**
 * Says what to change in service.ts when pods don't get well. Pulumi's Kubernetes provider tells what it sees of
 * their states; why a probe fails is in events and logs, which it doesn't read.
 */
export function explained(
  name: string,
  { workload, labels, command }: { workload: Workload; labels: Record<string, string>; command: Command },
  parent: pulumi.Resource,
): pulumi.ResourceHookBinding {
  const { description, kubeconfig, namespace } = workload;
  const explain = async () => {
    const [config, place] = await value(pulumi.all([kubeconfig, namespace]));
    const pods = await sights(new KubernetesApi(config), place, labels);
    for (const problem of causes(description, command, pods)) {
      await pulumi.log.error(located(problem, description.name), parent);
    }
  };
  const hook = new pulumi.ErrorHook(`${name}-explained`, async () => {
    // What the provider has found out stands anyway.
    await explain().catch(({ message }) => pulumi.log.debug(`${name} stays unexplained: ${message}`, parent));
    return false;
  });
  return { onError: [hook] };
}

interface Pod {
  metadata: { name: string };
  status: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { state: State; lastState: State; restartCount: number }[];
  };
}

type State = Partial<Record<"waiting" | "running" | "terminated", { reason?: string; message?: string }>>;

interface Event {
  type: string;
  message: string;
  involvedObject: { kind: string; name: string };
}

async function sights(
  api: KubernetesApi,
  namespace: string,
  labels: Record<string, string>,
): Promise<Sight[]> {
  const base = `/api/v1/namespaces/${namespace}`;
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const list = async <T>(path: string): Promise<T[]> => JSON.parse(await api.get(`${base}/${path}`)).items;
  const [pods, events] = await Promise.all([
    list<Pod>(`pods?labelSelector=${encodeURIComponent(selector.join(","))}`),
    list<Event>(`events?fieldSelector=${encodeURIComponent("type=Warning,involvedObject.kind=Pod")}`),
  ]);
  // Without probes, one that ends again and again is ready in between.
  const isWell = ({ status: { conditions = [], containerStatuses = [] } }: Pod) =>
    conditions.some(({ type, status }) => type === "Ready" && status === "True") &&
    containerStatuses.every(({ restartCount }) => restartCount === 0);
  const unwell = pods.filter((pod) => !isWell(pod));
  return Promise.all(
    unwell.map(async ({ metadata: { name }, status }) => ({
      states: (status.containerStatuses ?? []).flatMap(({ state, lastState }) => [
        ...texts(state),
        ...texts(lastState),
      ]),
      events: events
        .filter(({ involvedObject }) => involvedObject.name === name)
        .map(({ message }) => message),
      // One that never started has none.
      log: await api.get(`${base}/pods/${name}/log?limitBytes=65536`).catch(() => ""),
    })),
  );
}

const texts = (state: State): string[] => Object.values(state).flatMap(({ message }) => message ?? []);

function value<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
