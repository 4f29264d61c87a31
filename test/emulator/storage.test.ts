// What keeps data: a pod's volume, and a bucket that it uses by its service account's role. Each test goes on where the
// one before ended.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { startServices, stopServices } from "../../emulator/cli/services.ts";
import { up } from "../../emulator/cli/start.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import { kubectl as run } from "../../emulator/engines/kubernetes.ts";
import { loseZone, nodesOf, restoreZone } from "../../emulator/engines/nodes.ts";
import { volumes } from "../../emulator/engines/volumes.ts";
import { get, kubectl, minutes, onFreshEmulator } from "./machine.ts";

const zone = "eu-central-1c";

let outputs: Record<"bucket" | "storageClass", string>;

onFreshEmulator();
beforeAll(async () => {
  process.env.FASTAPI_EKS_EMULATOR_PROGRAM = join(import.meta.dirname, "storage");
  const { code, output } = await up("dev", false);
  expect(code, output).toBe(0);
  outputs = JSON.parse((await pulumi("dev", ["stack", "output", "--json"], false)).output);
});

const inPod = (pod: string, ...command: string[]): string => kubectl("exec", pod, "--", ...command);
const nodeOf = (pod: string) =>
  nodesOf(clusterNames()[0] ?? "").find(({ name }) => name === get("pod", pod).spec.nodeName);
const isReady = (pod: string) => () => {
  const { conditions = [] } = get("pod", pod).status;
  return conditions.some(({ type, status }: Record<string, string>) => type === "Ready" && status === "True");
};

/** Of storage/client/client.py. */
const client = (pod: string, what: string): unknown =>
  JSON.parse(inPod(pod, "python3", "/client.py", outputs.bucket, what));

test("a volume is in a zone of its class, and a node is made there and nowhere else for it", () => {
  expect(volumes()).toEqual([expect.objectContaining({ zone, sizeGiB: 1, type: "gp3" })]);
  expect(nodeOf("data-0")?.zone).toBe(zone);
  expect(nodesOf(clusterNames()[0] ?? "").map((node) => node.zone)).not.toContain("eu-central-1b");
});

test("a pod writes to it by its group, and finds the data when it is replaced", async () => {
  inPod("data-0", "sh", "-c", "echo kept > /data/file");
  expect(inPod("data-0", "stat", "-c", "%u:%g", "/data/file")).toBe("10001:10001\n");
  kubectl("delete", "pod", "data-0", "--now");
  await expect.poll(isReady("data-0"), minutes(2)).toBe(true);
  expect(inPod("data-0", "cat", "/data/file")).toBe("kept\n");
});

test("a drained node's volume is attached to a new one of its zone, and to one at a time", async () => {
  const drained = nodeOf("data-0")?.name as string;
  const [cluster] = clusterNames() as [string];
  await run(cluster, ["drain", drained, "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=120s"]);
  await expect.poll(() => nodeOf("data-0")?.zone, minutes(2)).toBe(zone);
  await expect.poll(isReady("data-0"), minutes(2)).toBe(true);
  expect(nodeOf("data-0")?.name).not.toBe(drained);
  expect(inPod("data-0", "cat", "/data/file")).toBe("kept\n");
  const attachments = get("volumeattachments").items;
  expect(attachments.map(({ spec }: { spec: { nodeName: string } }) => spec.nodeName)).toEqual([
    nodeOf("data-0")?.name,
  ]);
});

test("a zone is lost: the pod waits for its volume's zone, and goes on with it once that is back", async () => {
  const [cluster] = clusterNames() as [string];
  const lost = nodeOf("data-0")?.name as string;
  await loseZone(cluster, zone);
  // Who does so says that nothing of the node writes any more; otherwise Kubernetes waits 6 minutes for it.
  kubectl("taint", "node", lost, "node.kubernetes.io/out-of-service=terminated:NoExecute");
  kubectl("delete", "pod", "data-0", "--force", "--grace-period=0");
  await expect.poll(() => get("pod", "data-0").status.phase, minutes(1)).toBe("Pending");
  await sleep(15_000);
  expect(get("pod", "data-0").status.phase).toBe("Pending");
  expect(nodesOf(cluster).map((node) => node.zone)).toEqual(["eu-central-1a"]);

  restoreZone(cluster, zone);
  await expect.poll(isReady("data-0"), minutes(3)).toBe(true);
  expect(nodeOf("data-0")?.zone).toBe(zone);
  expect(inPod("data-0", "cat", "/data/file")).toBe("kept\n");
});

test("a claim that asks for more grows, under a pod that runs", async () => {
  const requests = { spec: { resources: { requests: { storage: "2Gi" } } } };
  kubectl("patch", "pvc", "data-data-0", `--patch=${JSON.stringify(requests)}`);
  await expect.poll(() => get("pvc", "data-data-0").status.capacity.storage, minutes(1)).toBe("2Gi");
  expect(volumes()).toEqual([expect.objectContaining({ sizeGiB: 2 })]);
  expect(isReady("data-0")()).toBe(true);
});

test("what Auto Mode refuses stands in the claim's events", async () => {
  const claim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "shared" },
    spec: {
      accessModes: ["ReadWriteMany"],
      storageClassName: outputs.storageClass,
      resources: { requests: { storage: "1Gi" } },
    },
  };
  const [cluster] = clusterNames() as [string];
  await run(cluster, ["apply", "-f", "-"], JSON.stringify(claim));
  const node = nodeOf("data-0")?.name;
  kubectl("annotate", "pvc", "shared", `volume.kubernetes.io/selected-node=${node}`);
  const messages = () =>
    get("events", "--field-selector=involvedObject.name=shared").items.map(
      ({ message }: { message: string }) => message,
    );
  await expect
    .poll(messages, minutes(1))
    .toContainEqual(expect.stringContaining("Only AccessModes[ReadWriteOnce] supported"));
  kubectl("delete", "pvc", "shared");
});

test("AWS' own client in a pod stores, reads, lists and deletes objects by its role", () => {
  expect(client("data-0", "cycle")).toEqual({
    old: { hour: "19" },
    current: "second",
    size: 6,
    keys: ["default/copy of 19:00 + é.db"],
    gone: "NoSuchKey",
  });
});

test("what the role doesn't allow is denied, and a pod without an association has no credentials", () => {
  expect(client("data-0", "refusals")).toEqual({ elsewhere: "AccessDenied", versions: "AccessDenied" });
  expect(inPod("data-0", "env")).toContain(
    "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23/v1/credentials",
  );
  expect(inPod("stranger-0", "env")).not.toMatch(/AWS_(CONTAINER|REGION)/);
  expect(client("stranger-0", "stranger")).toBe("NoCredentials");
  // Nor by asking the agent itself, with a token of another kind.
  const ask = `import urllib.request as r, urllib.error as e
try: print(r.urlopen(r.Request("http://169.254.170.23/v1/credentials", headers={"Authorization": "a.b.c"})).status)
except e.HTTPError as error: print(error.code, error.read().decode())`;
  expect(inPod("stranger-0", "python3", "-c", ask)).toMatch(/^400 .*InvalidTokenException/);
});

test("volumes and objects outlive a stop, and what is retained a destroy", async () => {
  const restarts = () => get("pod", "data-0").status.containerStatuses[0].restartCount;
  const before = restarts();
  await stopServices();
  await startServices();
  // Until its node is heard of, the pod counts as ready as it was before.
  await expect.poll(restarts, minutes(2)).toBeGreaterThan(before);
  await expect.poll(isReady("data-0"), minutes(2)).toBe(true);
  expect(inPod("data-0", "cat", "/data/file")).toBe("kept\n");
  expect(client("data-0", "current")).toBe("second");

  const [{ id } = { id: "" }] = volumes();
  const { code, output } = await pulumi("dev", ["destroy", "--yes", "--skip-preview"], false);
  expect(code, output).toBe(0);
  expect(volumes().map((volume) => volume.id)).toEqual([id]);
});
