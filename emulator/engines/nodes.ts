// A cluster's nodes, each a box in one of the zones. EKS Auto Mode (auto-mode.ts) makes and removes them;
// tests and benchmarks end one, or lose its zone.
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { startBox, stopBox } from "./box.ts";
import { authority, issue } from "./certificates.ts";
import { cgroupOf, removeCgroupsOf } from "./cgroups.ts";
import { provideImage } from "./images.ts";
import { dataPath, podNetwork, releaseAddress, takeAddress } from "./instance.ts";
import { api, clusterFolder, isHealthy } from "./kubernetes.ts";
import { type Taint, writeNodeConfiguration } from "./node-configuration.ts";
import { isRunning, run, waitUntil } from "./processes.ts";

export interface Node {
  cluster: string;
  /** As in Auto Mode, an instance's id. */
  name: string;
  zone: string;
  /** The node pool that it is of. */
  pool: string;
  address: string;
}

const folder = (cluster: string, ...parts: string[]): string => clusterFolder(cluster, "nodes", ...parts);
export const processOf = (name: string): string => `node-${name}`;

/** A node's pods are 256 of the instance's, by the node's address. */
export const podsOf = (address: string): string =>
  podNetwork().replace("0.0/16", `${address.split(".")[3]}.0/24`);

const recordFile = (cluster: string, name: string): string => folder(cluster, name, "node.json");

export const isUp = ({ name }: Node): boolean => isRunning(processOf(name));

/** With those that are half made. */
export const nodeNames = (cluster: string): string[] =>
  existsSync(folder(cluster)) ? readdirSync(folder(cluster)).sort() : [];

export const nodesOf = (cluster: string): Node[] =>
  nodeNames(cluster)
    .filter((name) => existsSync(recordFile(cluster, name)))
    .map((name) => JSON.parse(readFileSync(recordFile(cluster, name), "utf8")));

/** What a new instance of EC2 in that zone would be: there are pods on it when it is ready. */
export async function addNode(
  cluster: string,
  zone: string,
  { pool, taints }: { pool: string; taints: Taint[] },
): Promise<void> {
  const name = `i-0${randomBytes(8).toString("hex")}`;
  try {
    const node = { cluster, name, zone, pool, address: await prepareNode(cluster, name, taints) };
    writeFileSync(recordFile(cluster, name), JSON.stringify(node));
    await startNode(node);
  } catch (error) {
    await removeNode({ cluster, name });
    throw error;
  }
}

/** Shares the files with all nodes, which only read them, unless they are on another file system. */
async function copyDisk(target: string): Promise<void> {
  const disk = realpathSync(dataPath("images", "node-disk"));
  const link = statSync(disk).dev === statSync(dirname(target)).dev ? ["--link"] : [];
  await run("cp", ["--archive", ...link, disk, target]);
  // In these containerd writes.
  for (const database of globSync("*/*.db", { cwd: disk })) {
    rmSync(join(target, database));
    copyFileSync(join(disk, database), join(target, database));
  }
}

/** Makes all that a node starts from; returns its address. */
async function prepareNode(cluster: string, name: string, taints: Taint[]): Promise<string> {
  // The folder first: by it a node that a kill left half made is found, with what it has taken.
  mkdirSync(folder(cluster, name), { recursive: true, mode: 0o700 });
  const address = takeAddress(`node/${name}`);
  const ca = await authority(clusterFolder(cluster, "pki"), "ca");
  await issue(ca, folder(cluster, name), "kubelet", {
    commonName: `system:node:${name}`,
    organization: "system:nodes",
    names: [name, address],
  });
  await copyDisk(folder(cluster, name, "containerd"));
  writeNodeConfiguration({
    cluster,
    folder: folder(cluster, name),
    address,
    taints,
    podNetwork: podsOf(address),
    cgroup: cgroupOf(name),
    sandboxImage: await provideImage("emulator/pause"),
  });
  return address;
}

const startNode = ({ cluster, name, zone, pool, address }: Node): Promise<void> =>
  startBox(processOf(name), address, "node.sh", [
    ...[clusterFolder(cluster), folder(cluster, name), dataPath("bin")],
    ...[address, podNetwork(), zone, pool, cgroupOf(name), process.execPath],
    readFileSync(clusterFolder(cluster, "vpc-cidr"), "utf8"),
  ]);

/** Starts all nodes of a cluster, as after `npm stop`, and waits for them. */
export async function startNodes(cluster: string): Promise<void> {
  const nodes = nodesOf(cluster);
  const halfMade = nodeNames(cluster).filter((name) => !nodes.some((node) => node.name === name));
  for (const name of halfMade) await removeNode({ cluster, name });
  await Promise.all(nodes.map(startNode));
  // The kubelet itself is asked as well: after a stop, etcd still says that the node is ready.
  const isReady = async ({ name }: Node) => {
    const path = `/api/v1/nodes/${name}`;
    await isHealthy(cluster, `${path}/proxy/healthz`);
    const { status } = await api<{ status: { conditions: Record<"type" | "status", string>[] } }>(
      cluster,
      "GET",
      path,
    );
    return status.conditions.some(({ type, status }) => type === "Ready" && status === "True");
  };
  for (const node of nodes) {
    await waitUntil(`the node ${node.name}`, processOf(node.name), () => isReady(node), 120);
  }
}

/** Ends a node as a failure of its hardware would. */
export async function killNode({ name }: Pick<Node, "name">): Promise<void> {
  await stopBox(processOf(name));
  await removeCgroupsOf(name);
}

/** Terminates a node: nothing of it is left but what the API still says. */
export async function removeNode({ cluster, name }: Pick<Node, "cluster" | "name">): Promise<void> {
  await killNode({ name });
  // Without its record it counts as half made, should a kill come in between.
  rmSync(recordFile(cluster, name), { force: true });
  releaseAddress(`node/${name}`);
  rmSync(folder(cluster, name), { recursive: true, force: true });
}

const lostZone = (cluster: string, zone: string): string => clusterFolder(cluster, "lost-zones", zone);

/** Ends all nodes of a zone; there are no new ones in it until it is restored. */
export async function loseZone(cluster: string, zone: string): Promise<void> {
  mkdirSync(lostZone(cluster, zone), { recursive: true });
  await Promise.all(
    nodesOf(cluster)
      .filter((node) => node.zone === zone)
      .map(killNode),
  );
}

export const restoreZone = (cluster: string, zone: string): void => rmdirSync(lostZone(cluster, zone));

/** Zones of the cluster's subnets that aren't lost. */
export const zonesOf = (cluster: string): string[] =>
  JSON.parse(readFileSync(clusterFolder(cluster, "zones.json"), "utf8")).filter(
    (zone: string) => !existsSync(lostZone(cluster, zone)),
  );
