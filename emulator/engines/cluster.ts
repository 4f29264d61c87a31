// EKS' engine: a Kubernetes control plane and one node, in namespaces of their own (node.sh runs inside them).
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { authority, issue } from "./certificates.ts";
import { provideImage } from "./images.ts";
import { bridgeName, dataPath, releaseAddress, serviceNetwork, takeAddress } from "./instance.ts";
import { exists } from "./network.ts";
import { writeConfiguration } from "./node-configuration.ts";
import { writeHostsFile } from "./postgres.ts";
import { isRunning, run, startProcess, stopProcess, waitUntil } from "./processes.ts";

interface ClusterConnection {
  endpoint: string;
  /** PEM in base64. */
  certificateAuthority: string;
}

const folder = (cluster: string, ...parts: string[]): string => dataPath("clusters", cluster, ...parts);
const processName = (cluster: string): string => `cluster-${cluster}`;
export const clusterAddress = (cluster: string): string => takeAddress(`cluster/${cluster}`);
const servicesOf = (cluster: string): string => serviceNetwork(clusterAddress(cluster));

const allNames = (): string[] => (existsSync(dataPath("clusters")) ? readdirSync(dataPath("clusters")) : []);
const isComplete = (cluster: string): boolean => existsSync(folder(cluster, "complete"));

export const clusterNames = (): string[] => allNames().filter(isComplete);

/** Removes what a kill left half made. */
export async function removeIncompleteClusters(): Promise<void> {
  for (const name of allNames().filter((cluster) => !isComplete(cluster))) await deleteCluster(name);
}

/** What EKS' authenticator would accept from the caller; the `aws` command hands it to Kubernetes' clients. */
export const callerToken = (cluster: string): string => readFileSync(folder(cluster, "token"), "utf8");

/** The emulator's own access to a cluster, past EKS' access entries. */
export const adminKubeconfig = (cluster: string): string => folder(cluster, "admin.kubeconfig");

const kubectl = (cluster: string, args: string[], input?: string) =>
  run(dataPath("bin", "kubectl"), ["--kubeconfig", adminKubeconfig(cluster), ...args], { input });

async function issueCertificates(cluster: string): Promise<void> {
  const pki = folder(cluster, "pki");
  const [ca, frontProxy] = await Promise.all([authority(pki, "ca"), authority(pki, "front-proxy-ca")]);
  const address = clusterAddress(cluster);
  const service = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  await Promise.all([
    issue(ca, pki, "apiserver", {
      commonName: "kube-apiserver",
      names: [address, servicesOf(cluster).replace("0/24", "1"), ...service],
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
    issue(ca, pki, "kubelet", {
      commonName: "system:node:node",
      organization: "system:nodes",
      names: ["node", address],
    }),
    // Signs service accounts' tokens; only its key pair is used.
    authority(pki, "service-account"),
  ]);
}

/** Starts an existing cluster, as after `npm stop`, and connects it. */
export async function startCluster(cluster: string): Promise<void> {
  const address = clusterAddress(cluster);
  const link = `${bridgeName()}-${address.split(".")[3]}`;
  // Its other end, which node.sh configures once, went with it.
  if (isRunning(processName(cluster)) && !(await exists(link))) await stopCluster(cluster);
  if (!isRunning(processName(cluster))) await startNode(cluster, link);
  await run("ip", ["link", "set", link, "master", bridgeName(), "up"]);
  await run("ip", ["route", "replace", servicesOf(cluster), "via", address]);
  // The kubelet itself is asked as well: after a stop, etcd still says that the node is ready.
  const nodeIsReady = async () =>
    (await kubectl(cluster, ["get", "--raw", "/api/v1/nodes/node/proxy/healthz"])) === "ok" &&
    (await kubectl(cluster, ["get", "nodes", "--no-headers"])).includes(" Ready ");
  await waitUntil(`the cluster ${cluster}`, processName(cluster), nodeIsReady, 120);
}

/** Starts its namespaces, with a link to the bridge's. */
async function startNode(cluster: string, link: string): Promise<void> {
  writeHostsFile();
  const pid = startProcess(processName(cluster), "unshare", [
    ...["--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "--kill-child", "--propagation", "private"],
    ...[
      "bash",
      `${import.meta.dirname}/node.sh`,
      folder(cluster),
      dataPath("bin"),
      clusterAddress(cluster),
      servicesOf(cluster),
    ],
  ]);
  const network = (of: number | "self") => readlinkSync(`/proc/${of}/ns/net`);
  const hasItsOwn = async () => network(pid) !== network("self");
  await waitUntil(`the cluster ${cluster}`, processName(cluster), hasItsOwn);
  // That of a cluster just killed goes only when the kernel gets to it.
  await run("ip", ["link", "delete", link]).catch(() => undefined);
  await run("ip", ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", String(pid)]);
}

export const stopCluster = (cluster: string): Promise<void> => stopProcess(processName(cluster), "SIGKILL");

/** Makes and starts a cluster; when that fails, nothing of it is left. */
export async function createCluster(
  name: string,
  { region, callerArn }: { region: string; callerArn: string },
): Promise<ClusterConnection> {
  try {
    mkdirSync(folder(name), { recursive: true, mode: 0o700 });
    writeFileSync(folder(name, "region"), region);
    writeFileSync(folder(name, "token"), randomBytes(32).toString("base64url"), { mode: 0o600 });
    await issueCertificates(name);
    writeConfiguration({
      folder: folder(name),
      address: clusterAddress(name),
      sandboxImage: await provideImage("emulator/pause"),
      callerToken: callerToken(name),
      callerArn,
    });
    await startCluster(name);
    const dnsAccess = [
      "create",
      "clusterrolebinding",
      "coredns",
      "--clusterrole=view",
      "--user=system:coredns",
    ];
    await kubectl(name, dnsAccess);
    writeFileSync(folder(name, "complete"), "");
    return {
      endpoint: `https://${clusterAddress(name)}:6443`,
      certificateAuthority: readFileSync(folder(name, "pki", "ca.crt")).toString("base64"),
    };
  } catch (error) {
    await deleteCluster(name);
    throw error;
  }
}

export async function deleteCluster(name: string): Promise<void> {
  await stopCluster(name);
  await run("ip", ["route", "delete", servicesOf(name)]).catch(() => undefined);
  rmSync(folder(name), { recursive: true, force: true });
  releaseAddress(`cluster/${name}`);
}

/**
 * Reads everything, secrets too, for which Kubernetes has no role of its own: EKS user guide,
 * access-policy-permissions (2026-11).
 */
const adminView = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "eks:admin-view" },
  rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }],
};

/** EKS' access policies and the Kubernetes roles that they stand for. */
const clusterRoles: Record<string, string> = {
  AmazonEKSClusterAdminPolicy: "cluster-admin",
  AmazonEKSAdminPolicy: "admin",
  AmazonEKSAdminViewPolicy: adminView.metadata.name,
  AmazonEKSEditPolicy: "edit",
  AmazonEKSViewPolicy: "view",
};

interface Access {
  principalArn: string;
  policy: string;
  /** Only in these; everywhere when left out. */
  namespaces?: string[];
}

function bindings({ principalArn, policy, namespaces }: Access): string {
  const kind = namespaces ? "RoleBinding" : "ClusterRoleBinding";
  const name = `eks:${policy}:${principalArn}`.replaceAll("/", ":");
  const items = (namespaces ?? [undefined]).map((namespace) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name, namespace },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: clusterRoles[policy] },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: principalArn }],
  }));
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

export async function grantAccess(cluster: string, access: Access): Promise<void> {
  await kubectl(cluster, ["apply", "-f", "-"], JSON.stringify(adminView));
  await kubectl(cluster, ["apply", "-f", "-"], bindings(access));
}

export async function revokeAccess(cluster: string, access: Access): Promise<void> {
  await kubectl(cluster, ["delete", "--ignore-not-found", "-f", "-"], bindings(access));
}
