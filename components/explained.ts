import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { Command } from "../description/cause-rules.ts";
import { causes, type PodReport } from "../description/causes.ts";
import { located } from "../description/line.ts";
import { KubernetesApi } from "./kubernetes-api.ts";
import type { Workload } from "./workload.ts";

const PAUSE_SECONDS = 2;

interface Watched {
  workload: Workload;
  /** Of the pods. */
  labels: Record<string, string>;
  /** What their container was started with. */
  command: Command;
}

/**
 * Says what to change in service.ts while Pulumi waits for pods that don't get well. Pulumi's Kubernetes provider
 * reports their states, but only at the end. It reads neither events nor logs, which say why a probe fails. An error
 * hook would speak only after minutes of waiting.
 */
export function explained(
  name: string,
  watched: Watched,
  parent: pulumi.Resource,
): pulumi.ResourceHookBinding {
  let watch = new AbortController();
  const begin = new pulumi.ResourceHook(`${name}-explained`, async () => {
    watch = new AbortController();
    try {
      await follow(watched, watch.signal, (cause) => pulumi.log.warn(cause, parent));
    } catch (error) {
      await pulumi.log.debug(`${name} goes unexplained: ${(error as Error).message}`, parent);
    }
  });
  const end = new pulumi.ResourceHook(`${name}-well`, () => watch.abort());
  return { beforeCreate: [begin], beforeUpdate: [begin], afterCreate: [end], afterUpdate: [end] };
}

/** Resolves when it knows the old pods. Then it watches the new ones until it is aborted. */
async function follow(
  { workload: { kubeconfig, namespace, description }, labels, command }: Watched,
  signal: AbortSignal,
  say: (cause: string) => Promise<void>,
): Promise<void> {
  const [config, place] = await value(pulumi.all([kubeconfig, namespace]));
  const pods = new Pods(new KubernetesApi(config), place, labels);
  // This update may repair what ails the old pods. An API that doesn't answer yet has none.
  const list = await pods.list().catch(() => []);
  const before = new Set(list.map(({ metadata: { uid } }) => uid));
  const said = new Set<string>();
  const look = async () => {
    const unwell = (await pods.unwell()).filter(({ uid }) => !before.has(uid));
    const problems = causes(description, command, unwell).map((cause) => located(cause, description.name));
    for (const cause of [...unwell.flatMap(({ preparing }) => preparing), ...problems]) {
      if (!said.has(cause)) await say(cause);
      said.add(cause);
    }
  };
  const repeat = async () => {
    while (!signal.aborted) {
      // It doesn't keep the program alive: when Pulumi gives up, it ends too.
      await sleep(PAUSE_SECONDS * 1000, undefined, { ref: false });
      // An API that doesn't answer once may do so the next time.
      if (!signal.aborted) await look().catch(() => undefined);
    }
  };
  void repeat();
}

interface Pod {
  /** A StatefulSet gives the next pod the name of the one before. */
  metadata: { name: string; uid: string; deletionTimestamp?: string };
  status: {
    conditions?: { type: string; status: string }[];
    containerStatuses?: { state: State; lastState: State; restartCount: number }[];
    initContainerStatuses?: { state: State }[];
  };
}

type State = Partial<Record<"waiting" | "running" | "terminated", { reason?: string; message?: string }>>;

interface Event {
  message: string;
  firstTimestamp?: string;
  lastTimestamp?: string;
  involvedObject: { uid: string };
}

/** The pods with these labels. */
class Pods {
  readonly #api: KubernetesApi;
  readonly #base: string;
  readonly #selector: string;

  constructor(api: KubernetesApi, namespace: string, labels: Record<string, string>) {
    this.#api = api;
    this.#base = `/api/v1/namespaces/${namespace}`;
    const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    this.#selector = encodeURIComponent(pairs.join(","));
  }

  list(): Promise<Pod[]> {
    return this.#items(`pods?labelSelector=${this.#selector}`);
  }

  /** `preparing` is what this program's own container said that failed before the service's: Pulumi leaves it out. */
  async unwell(): Promise<(PodReport & { uid: string; preparing: string[] })[]> {
    const fields = encodeURIComponent("type=Warning,involvedObject.kind=Pod");
    const unwell = (await this.list()).filter((pod) => !pod.metadata.deletionTimestamp && !isWell(pod));
    const events = unwell.length > 0 ? await this.#items<Event>(`events?fieldSelector=${fields}`) : [];
    return Promise.all(
      unwell.map(async ({ metadata: { name, uid }, status }) => ({
        uid,
        preparing: (status.initContainerStatuses ?? []).flatMap(({ state }) => texts(state)),
        states: containers(status).flatMap(({ state, lastState }) => [...texts(state), ...texts(lastState)]),
        hasEnded: containers(status).some(({ state, lastState }) => state.terminated ?? lastState.terminated),
        events: events.filter(({ involvedObject }) => involvedObject.uid === uid).map(lasting),
        // One that never started has none.
        log: await this.#api.get(`${this.#base}/pods/${name}/log?limitBytes=65536`).catch(() => ""),
      })),
    );
  }

  async #items<T>(path: string): Promise<T[]> {
    return JSON.parse(await this.#api.get(`${this.#base}/${path}`)).items;
  }
}

/** Without probes, a container that ends again and again is ready in between. */
function isWell({ status: { conditions = [], containerStatuses = [] } }: Pod): boolean {
  return (
    conditions.some(({ type, status }) => type === "Ready" && status === "True") &&
    containerStatuses.every(({ restartCount }) => restartCount === 0)
  );
}

const containers = ({ containerStatuses = [] }: Pod["status"]) => containerStatuses;

const texts = (state: State): string[] => Object.values(state).flatMap(({ message }) => message ?? []);

function lasting({ message, firstTimestamp = "", lastTimestamp = "" }: Event): PodReport["events"][number] {
  return { message, seconds: (Date.parse(lastTimestamp) - Date.parse(firstTimestamp)) / 1000 || 0 };
}

function value<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
