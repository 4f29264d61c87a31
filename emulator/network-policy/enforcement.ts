// Auto Mode's enforcement of NetworkPolicies: looks at the API again and again, and gives each node its pods' rules.
import { setTimeout as sleep } from "node:timers/promises";
import { hostAddress } from "../engines/instance.ts";
import { isUp, type Node, nodesOf, processOf } from "../engines/nodes.ts";
import { pidOf, run } from "../engines/processes.ts";
import { watched } from "../engines/watched.ts";
import { restoration } from "./iptables.ts";
import type { Namespace, NetworkPolicy, Pod, Service, World } from "./kubernetes-types.ts";
import { placed } from "./places.ts";
import { placesOf } from "./resources.ts";
import { rulesOf } from "./rules.ts";

interface ConfigMap {
  metadata: { name: string };
  data?: Record<string, string>;
}

/** EKS user guide, auto-net-pol (2026-11). */
async function isAskedFor(cluster: string): Promise<boolean> {
  const maps = await watched<ConfigMap>(cluster, "/api/v1/namespaces/kube-system/configmaps");
  const map = maps.find(({ metadata }) => metadata.name === "amazon-vpc-cni");
  return map?.data?.["enable-network-policy-controller"] === "true";
}

async function worldOf(cluster: string): Promise<World> {
  const [policies, pods, namespaces, services] = await Promise.all([
    watched<NetworkPolicy>(cluster, "/apis/networking.k8s.io/v1/networkpolicies"),
    watched<Pod>(cluster, "/api/v1/pods"),
    watched<Namespace>(cluster, "/api/v1/namespaces"),
    watched<Service>(cluster, "/api/v1/services"),
  ]);
  return { policies, pods, namespaces, services };
}

/** What each node has, as long as its box is the same. */
const applied = new Map<string, string>();

async function apply(node: Node, rules: ReturnType<typeof rulesOf>, nodes: Node[]): Promise<void> {
  const pid = pidOf(processOf(node.name));
  // Those who probe pods, and whoever forwards a port to them: here that is this machine, by way of any node.
  const kubelets = [hostAddress(), ...nodes.map(({ address }) => address)];
  const wanted = JSON.stringify([pid, rules, kubelets]);
  if (applied.get(node.name) === wanted) return;
  const inBox = (...command: string[]) => ["--target", String(pid), "--net", ...command];
  const saved = await run("nsenter", inBox("iptables-save", "-t", "mangle"));
  const input = restoration(saved, rules, kubelets);
  await run("nsenter", inBox("iptables-restore", "--noflush", "--wait"), { input });
  applied.set(node.name, wanted);
}

async function step(cluster: string): Promise<void> {
  const rules = (await isAskedFor(cluster)) ? rulesOf(await worldOf(cluster)) : [];
  const places = placesOf(cluster);
  const nodes = nodesOf(cluster).filter(isUp);
  for (const name of applied.keys()) if (!nodes.some((node) => node.name === name)) applied.delete(name);
  const work = nodes.map((node) => {
    const own = rules.filter(({ nodeName }) => nodeName === node.name);
    return apply(
      node,
      own.map((pod) => placed(pod, places)),
      nodes,
    );
  });
  // One node that fails keeps no other one waiting.
  for (const result of await Promise.allSettled(work)) {
    if (result.status === "rejected") console.error(`policies: ${result.reason}`);
  }
}

export async function enforcePolicies(cluster: string): Promise<never> {
  for (;;) {
    // While the API is away, nodes keep the rules that they have.
    await step(cluster).catch((error) => console.error(`policies: ${error}`));
    await sleep(1000);
  }
}
