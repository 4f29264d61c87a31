// What is true of the load balancer in front of a stack's pods.
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { healthOf, type Target, targetsOf } from "../../emulator/aws/elbv2-targets.ts";
import { ask } from "../../emulator/cli/client.ts";
import { get, kubectl } from "./machine.ts";

interface Condition {
  type: string;
  status: string;
  lastTransitionTime: string;
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { readinessGates: { conditionType: string }[] };
  status: { podIP: string; conditions: Condition[] };
}

const pods = (): Pod[] =>
  get("pods", "-n", "orders", "-l", "app.kubernetes.io/name=orders").items.filter(
    ({ metadata }: Pod) => !metadata.deletionTimestamp,
  );

const conditionOf = ({ status }: Pod, wanted: string) =>
  status.conditions.find(({ type }) => type === wanted) as Condition;

function targets(): Target[] {
  const [binding] = get("targetgroupbindings.eks.amazonaws.com", "-n", "orders").items;
  return targetsOf(binding.spec.targetGroupARN);
}

/** Each pod is a target, and was ready no earlier than that was healthy; HTTP leads to HTTPS. */
export async function expectTargets(url: string): Promise<void> {
  const healthy = targets().filter((target) => healthOf(target).state === "healthy");
  expect(healthy.map(({ ip }) => ip).sort()).toEqual(
    pods()
      .map(({ status }) => status.podIP)
      .sort(),
  );
  for (const pod of pods()) {
    const [ready, ...gates] = [
      "Ready",
      ...pod.spec.readinessGates.map(({ conditionType }) => conditionType),
    ].map((type) => conditionOf(pod, type)) as [Condition, ...Condition[]];
    expect(gates.map(({ status }) => status)).toEqual(["True"]);
    for (const gate of gates)
      expect(Date.parse(ready.lastTransitionTime)).toBeGreaterThanOrEqual(
        Date.parse(gate.lastTransitionTime),
      );
  }
  const redirected = await ask(`${url.replace("https:", "http:")}/orders?limit=1`);
  expect(redirected).toMatchObject({ status: 301, headers: { location: `${url}:443/orders?limit=1` } });
}

const settleMilliseconds = 15_000;

/** A release that never gets ready: its pod is no target. */
export async function releaseUnready(): Promise<void> {
  const before = pods().map(({ metadata }) => metadata.name);
  const added = () => pods().find(({ metadata }) => !before.includes(metadata.name));
  const path = "/spec/template/spec/containers/0/readinessProbe/httpGet/path";
  const patch = JSON.stringify([{ op: "replace", path, value: "/nowhere" }]);
  kubectl("patch", "deployment", "orders", "-n", "orders", "--type=json", `--patch=${patch}`);
  try {
    await expect.poll(() => added()?.status.podIP, { timeout: 120_000 }).toBeDefined();
    await sleep(settleMilliseconds);
    expect(targets().map(({ ip }) => ip)).not.toContain(added()?.status.podIP);
  } finally {
    kubectl("rollout", "undo", "deployment/orders", "-n", "orders");
    await expect.poll(added, { timeout: 120_000 }).toBeUndefined();
  }
}
