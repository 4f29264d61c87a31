// EKS' engine: a Kubernetes control plane in a box of its own; its nodes are nodes.ts' and auto-mode.ts'.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startBox, stopBox } from "./box.ts";
import { authority, issue } from "./certificates.ts";
import { writeClusterConfiguration } from "./cluster-configuration.ts";
import { dataPath, podNetwork, releaseAddress } from "./instance.ts";
import { clusterAddress, clusterFolder, controlPlane, servicesOf, waitForApi } from "./kubernetes.ts";
import { chooseBuiltInPools } from "./node-pools.ts";
import { killNode, type Node, nodeNames, nodesOf, removeNode, startNodes } from "./nodes.ts";
import { publishInstances } from "./postgres.ts";
import { run, startProcess, stopProcess } from "./processes.ts";

interface ClusterConnection {
  endpoint: string;
  /** PEM in base64. */
  certificateAuthority: string;
}

interface ClusterDescription {
  /** Of the subnets: where nodes may be. */
  zones: string[];
  /** AWS' own node pools that are on. */
  builtInPools: string[];
  /** Of the VPC. */
  cidr: string;
  callerArn: string;
  /** Whether whoever makes it becomes its administrator. */
  callerIsAdministrator: boolean;
}

/** What a node takes to leave when its cluster is deleted. */
const leavingSeconds = 3;

const autoMode = (cluster: string): string => `auto-mode-${cluster}`;

const allNames = (): string[] => (existsSync(dataPath("clusters")) ? readdirSync(dataPath("clusters")) : []);
const isComplete = (cluster: string): boolean => existsSync(clusterFolder(cluster, "complete"));

export const clusterNames = (): string[] => allNames().filter(isComplete);

/** Removes what a kill left half made. */
export async function removeIncompleteClusters(): Promise<void> {
  for (const name of allNames().filter((cluster) => !isComplete(cluster))) await removeCluster(name);
}

/** What EKS' authenticator would accept from the caller; the `aws` command hands it to Kubernetes' clients. */
export const callerToken = (cluster: string): string => readFileSync(clusterFolder(cluster, "token"), "utf8");

async function issueCertificates(cluster: string): Promise<void> {
  const pki = clusterFolder(cluster, "pki");
  const [ca, frontProxy] = await Promise.all([authority(pki, "ca"), authority(pki, "front-proxy-ca")]);
  const service = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  await Promise.all([
    issue(ca, pki, "apiserver", {
      commonName: "kube-apiserver",
      names: [clusterAddress(cluster), servicesOf(cluster).replace("0/24", "1"), ...service],
    }),
    issue(ca, pki, "apiserver-kubelet-client", {
      commonName: "kube-apiserver",
      organization: "system:masters",
    }),
    issue(frontProxy, pki, "front-proxy-client", { commonName: "front-proxy-client" }),
    issue(ca, pki, "admin", { commonName: "emulator", organization: "system:masters" }),
    issue(ca, pki, "kube-controller-manager", { commonName: "system:kube-controller-manager" }),
    issue(ca, pki, "kube-scheduler", { commonName: "system:kube-scheduler" }),
    issue(ca, pki, "kube-proxy", { commonName: "system:kube-proxy" }),
    issue(ca, pki, "coredns", { commonName: "system:coredns" }),
    // Signs service accounts' tokens; only its key pair is used.
    authority(pki, "service-account"),
  ]);
}

async function startControlPlane(cluster: string): Promise<void> {
  publishInstances();
  await startBox(controlPlane(cluster), clusterAddress(cluster), "control-plane.sh", [
    ...[clusterFolder(cluster), dataPath("bin")],
    ...[clusterAddress(cluster), podNetwork(), servicesOf(cluster), process.execPath],
  ]);
}

const startAutoMode = (cluster: string): number =>
  startProcess(autoMode(cluster), process.execPath, [join(import.meta.dirname, "auto-mode.ts"), cluster]);

/** Starts an existing cluster, as after `npm stop`, and waits until its nodes are ready. */
export async function startCluster(cluster: string): Promise<void> {
  // Every command comes here, also while the cluster runs: nobody else makes or removes nodes meanwhile.
  await stopProcess(autoMode(cluster), "SIGKILL");
  await startControlPlane(cluster);
  await waitForApi(cluster);
  await startNodes(cluster);
  startAutoMode(cluster);
}

export async function stopCluster(cluster: string): Promise<void> {
  await stopProcess(autoMode(cluster), "SIGKILL");
  await Promise.all([...nodesOf(cluster).map(killNode), stopBox(controlPlane(cluster))]);
}

/** Makes and starts a cluster; like EKS, it is done before the API answers. When it fails, nothing of it is left. */
export async function createCluster(
  name: string,
  { zones, builtInPools, cidr, callerArn, callerIsAdministrator }: ClusterDescription,
): Promise<ClusterConnection> {
  try {
    mkdirSync(clusterFolder(name), { recursive: true, mode: 0o700 });
    writeFileSync(clusterFolder(name, "zones.json"), JSON.stringify(zones));
    chooseBuiltInPools(name, builtInPools);
    writeFileSync(clusterFolder(name, "vpc-cidr"), cidr);
    const token = randomBytes(32).toString("base64url");
    writeFileSync(clusterFolder(name, "token"), token, { mode: 0o600 });
    await issueCertificates(name);
    writeClusterConfiguration(name, { arn: callerArn, token, isAdministrator: callerIsAdministrator });
    await startControlPlane(name);
    startAutoMode(name);
    writeFileSync(clusterFolder(name, "complete"), "");
    return {
      endpoint: `https://${clusterAddress(name)}:6443`,
      certificateAuthority: readFileSync(clusterFolder(name, "pki", "ca.crt")).toString("base64"),
    };
  } catch (error) {
    await removeCluster(name);
    throw error;
  }
}

/**
 * Deletes a cluster as EKS does: its nodes leave first. They tell AWS so, and stay for as long as they can't.
 * @param canLeave whether nodes reach AWS' API
 */
export async function deleteCluster(name: string, canLeave: () => boolean = () => true): Promise<void> {
  await stopProcess(autoMode(name), "SIGKILL");
  const leave = async (node: Node) => {
    do await sleep(leavingSeconds * 1000);
    while (!canLeave());
    await removeNode(node);
  };
  await Promise.all(nodesOf(name).map(leave));
  await removeCluster(name);
}

async function removeCluster(name: string): Promise<void> {
  await stopProcess(autoMode(name), "SIGKILL");
  await Promise.all([
    ...nodeNames(name).map((node) => removeNode({ cluster: name, name: node })),
    stopBox(controlPlane(name)),
  ]);
  await run("ip", ["route", "delete", servicesOf(name)]).catch(() => undefined);
  rmSync(clusterFolder(name), { recursive: true, force: true });
  releaseAddress(`cluster/${name}`);
}
