// Pods and nodes come and go: by load, by hand, by the loss of a zone. Each test goes on where
// the one before ended.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { underFire } from "../../bench/fire/traffic.ts";
import { ask } from "../../emulator/cli/client.ts";
import { publishStack } from "../../emulator/cli/start.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import { provideImage } from "../../emulator/engines/images.ts";
import { kubectl as run } from "../../emulator/engines/kubernetes.ts";
import { loseZone, nodesOf, restoreZone } from "../../emulator/engines/nodes.ts";
import { instanceIdentifiers } from "../../emulator/engines/postgres.ts";
import {
  failOver,
  freezeInstance,
  restartInstance,
  thawInstance,
} from "../../emulator/engines/postgres-faults.ts";
import { get, kubectl, minutes } from "./machine.ts";

const zones = ["eu-central-1a", "eu-central-1b"];

interface Condition {
  type: string;
  status: string;
  reason?: string;
}

interface Pod {
  metadata: { name: string; deletionTimestamp?: string };
  spec: { nodeName?: string };
  status: { phase: string; conditions?: Condition[]; containerStatuses?: { restartCount: number }[] };
}

const harmless = { failures: [], lost: [], duplicates: [] };

let url: string;
let cluster: string;

const nodeRecord = (name: string) => get("nodes").items.find((node: Pod) => node.metadata.name === name);
const nodeIn = (zone: string) => nodesOf(cluster).find((node) => node.zone === zone);
const zoneOf = (pod: Pod) => nodesOf(cluster).find((node) => node.name === pod.spec.nodeName)?.zone;
const has = (object: Pod, type: string) =>
  object.status.conditions?.some((condition) => condition.type === type && condition.status === "True");

/** The app's pods that serve. */
const serving = (): Pod[] =>
  get("pods", "-n", "orders", "-l", "app.kubernetes.io/name=orders").items.filter(
    (pod: Pod) => !pod.metadata.deletionTimestamp && has(pod, "Ready"),
  );
const servingZones = () => [...new Set(serving().map(zoneOf))].sort();

const autoscaler = () => get("hpa", "orders", "-n", "orders");
const replicas = () => get("deployment", "orders", "-n", "orders").status.availableReplicas;

/** In flight for 5 s, at no cost: the service waits for the rest of its body. */
const holdRequest = () =>
  ask(`${url}/orders`, { method: "POST", headers: { "content-length": 100 }, body: "{" }).catch(
    () => undefined,
  );

const listOrders = async () => {
  await ask(`${url}/orders`).catch(() => undefined);
  await sleep(25);
};

/** Runs `work` while so many clients send one request after the other. */
async function underLoad(clients: number, request: () => Promise<unknown>, work: () => Promise<void>) {
  let loaded = true;
  const client = async () => {
    while (loaded) await request();
  };
  const all = Array.from({ length: clients }, client);
  try {
    await work();
  } finally {
    loaded = false;
    await Promise.all(all);
  }
}

/** On a stack that scales on requests in flight, at more than the tests make until one of them says otherwise. */
export function capacity(): void {
  beforeAll(async () => {
    url = await publishStack("dev");
    [cluster] = clusterNames() as [string];
  });

  test("the app's pods are in both zones, each on a node of its own", () => {
    expect(serving()).toHaveLength(2);
    expect(servingZones()).toEqual(zones);
    for (const zone of zones) {
      const { labels } = nodeRecord(nodeIn(zone)?.name ?? "").metadata;
      expect(labels).toMatchObject({
        "topology.kubernetes.io/zone": zone,
        "topology.kubernetes.io/region": "eu-central-1",
        "eks.amazonaws.com/compute-type": "auto",
      });
    }
  });

  test("kubectl top knows what pods and nodes use", async () => {
    const top =
      (...what: string[]) =>
      () =>
        kubectl("top", ...what, "--no-headers");
    await expect
      .poll(top("pods", "-n", "orders"), minutes(2))
      .toMatch(/^(orders-\S+ +\d+m +[1-9]\d*Mi *\n?){3}$/);
    await expect.poll(top("nodes"), minutes(1)).toMatch(/^(i-\S+ +\d+m +\d+% +\d+Mi +\d+% *\n?){2}$/);
  });

  test("load makes pods, by requests in flight and by CPU, and quiet takes them away again", async () => {
    // The program's window is 300 s, and then a pod a minute: nobody waits for that in a test. Its share of CPU is more
    // than a pod may get where other programs run as well.
    const quick = {
      stabilizationWindowSeconds: 0,
      policies: [{ type: "Pods", value: 4, periodSeconds: 15 }],
    };
    const behavior = { scaleUp: quick, scaleDown: quick };
    const metric = { name: "http_server_active_requests" };
    const targets = (averageUtilization: number, averageValue: string) => [
      { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } },
      { type: "Pods", pods: { metric, target: { type: "AverageValue", averageValue } } },
    ];
    const far = { cpu: 10_000, inFlight: "10k" };
    const usual = { metrics: autoscaler().spec.metrics };
    expect(usual.metrics).toMatchObject(targets(70, "20"));
    const change = (spec: object) =>
      kubectl(
        "patch",
        "hpa",
        "orders",
        "-n",
        "orders",
        "--type=merge",
        `--patch=${JSON.stringify({ spec })}`,
      );
    const current = () => autoscaler().status.currentMetrics;
    change({ metrics: targets(far.cpu, "500m"), maxReplicas: 3, behavior });
    // What both do at once is the one's that asks for more: so each does it alone.
    await underLoad(8, holdRequest, async () => {
      await expect.poll(() => autoscaler().status.desiredReplicas, minutes(3)).toBe(3);
      await expect.poll(() => current()[1]?.pods?.current.averageValue, minutes(1)).toMatch(/^[1-9]\d*m?$/);
    });
    change({ metrics: targets(10, far.inFlight), maxReplicas: 4 });
    await underLoad(4, listOrders, async () => {
      await expect.poll(() => autoscaler().status.desiredReplicas, minutes(3)).toBe(4);
      expect(current()[0].resource.current.averageUtilization).toBeGreaterThan(10);
      await expect.poll(replicas, minutes(3)).toBe(4);
    });
    await expect.poll(() => autoscaler().status.desiredReplicas, minutes(3)).toBe(2);
    await expect.poll(replicas, minutes(2)).toBe(2);
    // The tests that follow make requests as well.
    change(usual);
  });

  test("a node is drained without a failed request, and another one takes its place", async () => {
    const drained = nodeIn(zones[1] as string)?.name as string;
    const traffic = await underFire(url, async () => {
      // In a process of its own, which the traffic doesn't wait for.
      await run(cluster, [
        "drain",
        drained,
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        "--timeout=120s",
      ]);
      await expect.poll(() => serving().length, minutes(3)).toBe(2);
    });
    expect(traffic).toMatchObject(harmless);
    expect(traffic.requests).toBeGreaterThan(100);
    expect(serving().map(({ spec }) => spec.nodeName)).not.toContain(drained);
    await expect.poll(() => nodeRecord(drained), minutes(2)).toBeUndefined();
    expect(nodesOf(cluster).map(({ name }) => name)).not.toContain(drained);
  });

  test("the database restarted, failed over and frozen: no write is lost, and seconds later all requests are served", async () => {
    const [identifier = ""] = instanceIdentifiers();
    const outages: { from: number; to: number }[] = [];
    const outage = async (what: () => Promise<unknown>) => {
      const from = Date.now();
      const result = await what();
      outages.push({ from, to: Date.now() });
      await sleep(20_000);
      return result;
    };
    const traffic = await underFire(url, async () => {
      await outage(() => restartInstance(identifier));
      const forget = await outage(() => failOver(identifier, 5));
      await (forget as () => Promise<void>)();
      freezeInstance(identifier);
      await outage(() => sleep(10_000).finally(() => thawInstance(identifier)));
    });
    // Pods get ready again within 5 s, and are targets again after a health check, within 5 s more.
    const isOf = (at: number) => outages.some(({ from, to }) => at > from - 3000 && at < to + 15_000);
    expect(traffic.failures.filter(({ at }) => !isOf(at))).toEqual([]);
    expect(traffic.failures).not.toEqual([]);
    expect(traffic).toMatchObject({ lost: [], duplicates: [] });
    const restarts = serving().map(({ status }) =>
      status.containerStatuses?.map(({ restartCount }) => restartCount),
    );
    expect(restarts).toEqual([[0], [0]]);
  });

  test("a lost zone: its node is unreachable and goes, what needs the zone waits until it is back", async () => {
    const zone = zones[1] as string;
    const image = await provideImage("emulator/pause");
    const spec = {
      containers: [{ name: "pause", image }],
      nodeSelector: { "topology.kubernetes.io/zone": zone },
    };
    const overrides = JSON.stringify({ spec });
    const waits = (): Pod => get("pod", "waits");
    const start = () => kubectl("run", "waits", `--image=${image}`, `--overrides=${overrides}`);
    if (!nodeIn(zone)) {
      start();
      await expect.poll(() => waits().status.phase, minutes(2)).toBe("Running");
      kubectl("delete", "pod", "waits", "--now");
    }
    const lost = nodeIn(zone)?.name as string;
    await loseZone(cluster, zone);

    await expect
      .poll(() => nodeRecord(lost)?.spec.taints ?? [], minutes(2))
      .toContainEqual(
        expect.objectContaining({ key: "node.kubernetes.io/unreachable", effect: "NoExecute" }),
      );
    // From now on Kubernetes knows: nobody is sent to the pods that are gone.
    const traffic = await underFire(url, async () => {
      await expect.poll(() => nodeRecord(lost), minutes(2)).toBeUndefined();
      start();
      await expect.poll(() => has(waits(), "PodScheduled"), minutes(1)).toBe(false);
      await sleep(15_000);
      expect(waits().status.phase).toBe("Pending");
      expect(nodesOf(cluster).map((node) => node.zone)).toEqual([zones[0]]);

      restoreZone(cluster, zone);
      await expect.poll(() => waits().status.phase, minutes(2)).toBe("Running");
      await expect.poll(() => serving().length, minutes(4)).toBe(2);
    });
    expect(nodeIn(zone)?.name).not.toBe(lost);
    expect(traffic).toMatchObject(harmless);
  });
}
