// Karpenter's node pools, as EKS Auto Mode has them: AWS' own and the person's, and a NodeClaim for each node, which
// keeps its pool until the node has left.
import { readFileSync, writeFileSync } from "node:fs";
import { dataPath } from "./instance.ts";
import { api, clusterFolder, kubectl, waitForApi } from "./kubernetes.ts";
import type { Taint } from "./node-configuration.ts";
import type { Node } from "./nodes.ts";
import { watched } from "./watched.ts";

export interface NodePool {
  metadata: { name: string; uid: string; deletionTimestamp?: string; labels?: Record<string, string> };
  spec: { template: { spec: { nodeClassRef: { group: string; name: string }; taints?: Taint[] } } };
}

export interface NodeClaim {
  metadata: { name: string; deletionTimestamp?: string; labels: Record<string, string> };
}

interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

const apiVersion = "karpenter.sh/v1";
const kinds = `/apis/${apiVersion}`;
const nodeClass = { group: "eks.amazonaws.com", kind: "NodeClass", name: "default" };
const byAws = { "app.kubernetes.io/managed-by": "eks" };
const nodeLabel = "emulator/node";
const finalizer = "karpenter.sh/termination";

const requirement = (key: string, ...values: string[]) => ({ key, operator: "In", values });

/** AWS' own, as `kubectl get nodepools` shows them ("Enable or Disable Built-in NodePools", EKS user guide, 2026-11). */
function builtIn(name: string) {
  const isSystem = name === "system";
  return {
    apiVersion,
    kind: "NodePool",
    metadata: { name, labels: byAws },
    spec: {
      disruption: { budgets: [{ nodes: "10%" }], consolidateAfter: "30s" },
      template: {
        spec: {
          expireAfter: "336h",
          nodeClassRef: nodeClass,
          requirements: [
            requirement("karpenter.sh/capacity-type", "on-demand"),
            requirement("kubernetes.io/arch", "amd64", ...(isSystem ? ["arm64"] : [])),
          ],
          ...(isSystem && { taints: [{ key: "CriticalAddonsOnly", effect: "NoSchedule" }] }),
        },
      },
    },
  };
}

const wantedFile = (cluster: string): string => clusterFolder(cluster, "node-pools.json");

/** Which of AWS' own the cluster is to have. */
export const chooseBuiltInPools = (cluster: string, names: string[]): void =>
  writeFileSync(wantedFile(cluster), JSON.stringify(names));

/** Teaches the API Karpenter's kinds. */
export async function installKarpenter(cluster: string): Promise<void> {
  await waitForApi(cluster);
  await kubectl(cluster, ["apply", "--server-side", "--filename", dataPath("karpenter")]);
  const crds = ["crd/nodepools.karpenter.sh", "crd/nodeclaims.karpenter.sh"];
  await kubectl(cluster, ["wait", "--for=condition=Established", "--timeout=60s", ...crds]);
}

/** Those that there are, after AWS' own have come and gone. */
export async function nodePools(cluster: string): Promise<NodePool[]> {
  const pools = await watched<NodePool>(cluster, `${kinds}/nodepools`);
  const wanted: string[] = JSON.parse(readFileSync(wantedFile(cluster), "utf8"));
  for (const name of wanted.filter((name) => !pools.some(({ metadata }) => metadata.name === name)))
    pools.push(await api<NodePool>(cluster, "POST", `${kinds}/nodepools`, builtIn(name)));
  for (const { metadata } of pools) {
    if (metadata.labels?.["app.kubernetes.io/managed-by"] !== "eks" || wanted.includes(metadata.name))
      continue;
    await api(cluster, "DELETE", `${kinds}/nodepools/${metadata.name}`);
  }
  return pools;
}

const isTolerated = (taint: Taint, tolerations: Toleration[]): boolean =>
  tolerations.some(
    ({ key, operator, value = "", effect }) =>
      (key === undefined || key === taint.key) &&
      (operator === "Exists" || value === (taint.value ?? "")) &&
      (effect === undefined || effect === taint.effect),
  );

export const taintsOf = ({ spec }: NodePool): Taint[] => spec.template.spec.taints ?? [];

/** Whether a pod may be on the pool's nodes, and the pool may have more of them. */
export function provides(pool: NodePool, pod: { spec: { tolerations?: Toleration[] } }): boolean {
  const { nodeClassRef } = pool.spec.template.spec;
  return (
    !pool.metadata.deletionTimestamp &&
    nodeClassRef.group === nodeClass.group &&
    nodeClassRef.name === nodeClass.name &&
    taintsOf(pool).every((taint) => isTolerated(taint, pod.spec.tolerations ?? []))
  );
}

const claimPath = ({ metadata }: NodeClaim): string => `${kinds}/nodeclaims/${metadata.name}`;

async function claim(cluster: string, { name, pool }: Node, owner: NodePool): Promise<void> {
  const claim = {
    apiVersion,
    kind: "NodeClaim",
    metadata: {
      name: `${pool}-${name}`,
      labels: { "karpenter.sh/nodepool": pool, [nodeLabel]: name },
      finalizers: [finalizer],
      ownerReferences: [
        { apiVersion, kind: "NodePool", name: pool, uid: owner.metadata.uid, blockOwnerDeletion: true },
      ],
    },
    spec: { nodeClassRef: nodeClass, requirements: [] },
  };
  await api(cluster, "POST", `${kinds}/nodeclaims`, claim);
}

const release = async (cluster: string, gone: NodeClaim): Promise<void> => {
  await api(cluster, "PATCH", claimPath(gone), { metadata: { finalizers: null } });
  if (!gone.metadata.deletionTimestamp) await api(cluster, "DELETE", claimPath(gone));
};

/** Makes the claims fit the nodes; returns the nodes that are to leave. */
export async function claimNodes(cluster: string, nodes: Node[], pools: NodePool[]): Promise<Node[]> {
  const claims = await watched<NodeClaim>(cluster, `${kinds}/nodeclaims`);
  const claimOf = ({ name }: Node) => claims.find(({ metadata }) => metadata.labels[nodeLabel] === name);
  for (const node of nodes.filter((candidate) => !claimOf(candidate))) {
    const pool = pools.find(({ metadata }) => metadata.name === node.pool && !metadata.deletionTimestamp);
    if (pool) await claim(cluster, node, pool);
  }
  const gone = claims.filter(({ metadata }) =>
    nodes.every(({ name }) => metadata.labels[nodeLabel] !== name),
  );
  for (const each of gone) await release(cluster, each);
  return nodes.filter((node) => claimOf(node)?.metadata.deletionTimestamp);
}
