// The stack that events happen to: three pods on two nodes of an emulator of the benchmark's own.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { entrance } from "../../emulator/cli/client.ts";
import { publishStack, up } from "../../emulator/cli/start.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import { api, list } from "../../emulator/engines/kubernetes.ts";
import { edit, program } from "../../test/emulator/machine.ts";
import type { Target } from "./load.ts";

export const stack = "dev";
export const replicas = 3;

export interface Pod {
  metadata: { name: string; uid: string; deletionTimestamp?: string; labels: Record<string, string> };
  spec: { nodeName?: string };
  status: {
    phase: string;
    podIP?: string;
    conditions?: { type: string; status: string }[];
    containerStatuses?: { restartCount: number }[];
  };
}

/** How requests reach the service. */
export const reach = async (): Promise<Target> => entrance(await publishStack(stack));

const setting = (key: string): RegExp => new RegExp(`^ +fastapi-eks:${key}:.*\\n`, "m");

export function configure(settings: Record<string, string | number>): void {
  for (const [key, value] of Object.entries(settings)) {
    unset(key);
    edit("Pulumi.dev.yaml", (text) => `${text.trimEnd()}\n  fastapi-eks:${key}: ${value}\n`);
  }
}

export function unset(key: string): void {
  if (setting(key).test(readFileSync(join(program, "Pulumi.dev.yaml"), "utf8")))
    edit("Pulumi.dev.yaml", (text) => text.replace(setting(key), ""));
}

let edits = 0;

/** Another image, and nothing else. */
export const editSource = (): void =>
  edit("app/src/orders/__init__.py", (text) => `${text}# Update ${++edits} of the benchmark.\n`);

let credential = 1;

/** The service's pods move to another login. */
export const rotatePassword = (): void => configure({ databaseCredential: ++credential });

/** How long the benchmark's stack waits for a release that doesn't get ready; the program waits 300 s. */
const progressSeconds = 60;

export function prepareProgram(): void {
  // As many pods whatever the load is; and a retry of a failed migration waits twice as long as the one before.
  configure({ appMinReplicas: replicas, appMaxReplicas: replicas, migrationBackoffLimit: 1 });
  edit("components/serving.ts", (text) =>
    text.replace("PROGRESS_SECONDS = 300", `PROGRESS_SECONDS = ${progressSeconds}`),
  );
}

/** Brings the stack up; a failure is one that nobody expects. */
export async function deploy(): Promise<void> {
  const { code, output } = await up(stack, false);
  if (code !== 0) throw new Error(`pulumi up failed:\n${output}`);
}

export const cluster = (): string => clusterNames()[0] ?? "";
const podsPath = "/api/v1/namespaces/orders/pods";
const isReady = (pod: Pod): boolean =>
  !pod.metadata.deletionTimestamp &&
  Boolean(pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"));

export const serving = async (): Promise<Pod[]> =>
  (await list<Pod>(cluster(), podsPath)).filter(
    (pod) => pod.metadata.labels["app.kubernetes.io/name"] === "orders" && isReady(pod),
  );

interface Deployment {
  metadata: { generation: number };
  spec: { template: { spec: { containers: [{ image: string }] } } };
  status: { observedGeneration?: number; updatedReplicas?: number; replicas?: number };
}

const deployment = (): Promise<Deployment> =>
  api(cluster(), "GET", "/apis/apps/v1/namespaces/orders/deployments/orders");

export const image = async (): Promise<string> => (await deployment()).spec.template.spec.containers[0].image;

export async function until(what: string, isSo: () => Promise<boolean>, seconds: number): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; !(await isSo().catch(() => false)); await sleep(1000)) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
  }
}

/** All pods serve, on nodes of both zones, and no update is under way. */
export async function isSettled(): Promise<boolean> {
  const pods = await serving();
  const nodes = new Set(pods.map(({ spec }) => spec.nodeName));
  const { status, metadata } = await deployment();
  const isRolledOut =
    status.observedGeneration === metadata.generation &&
    status.updatedReplicas === replicas &&
    status.replicas === replicas;
  return pods.length === replicas && nodes.size >= 2 && isRolledOut;
}

/** Counts the restarts of containers until it is told to stop, of pods that go meanwhile too. */
export function countRestarts(): () => number {
  const first = new Map<string, number>();
  const last = new Map<string, number>();
  const look = async () => {
    for (const { metadata, status } of await list<Pod>(cluster(), podsPath)) {
      const count = (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);
      if (!first.has(metadata.uid)) first.set(metadata.uid, count);
      last.set(metadata.uid, count);
    }
  };
  const timer = setInterval(() => void look().catch(() => undefined), 1000);
  return () => {
    clearInterval(timer);
    return [...last].reduce((sum, [uid, count]) => sum + count - (first.get(uid) ?? 0), 0);
  };
}
