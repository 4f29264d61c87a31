// Where a cluster is found, and the emulator's own access to its API, past EKS' access entries.
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { dataPath, serviceNetwork, takeAddress } from "./instance.ts";
import { run, waitUntil } from "./processes.ts";

export const clusterFolder = (cluster: string, ...parts: string[]): string =>
  dataPath("clusters", cluster, ...parts);

/** Name of the control plane's process. */
export const controlPlane = (cluster: string): string => `cluster-${cluster}`;

/** Of the control plane: its API, and the cluster's DNS server. */
export const clusterAddress = (cluster: string): string => takeAddress(`cluster/${cluster}`);

export const servicesOf = (cluster: string): string => serviceNetwork(clusterAddress(cluster));

export const adminKubeconfig = (cluster: string): string => clusterFolder(cluster, "admin.kubeconfig");

export const kubectl = (cluster: string, args: string[], input?: string): Promise<string> =>
  run(dataPath("bin", "kubectl"), ["--kubeconfig", adminKubeconfig(cluster), ...args], { input });

/** A cluster is made before its API answers, as EKS' is. */
export const waitForApi = (cluster: string): Promise<void> =>
  waitUntil(`the API of ${cluster}`, controlPlane(cluster), () => isHealthy(cluster, "/readyz"), 120);

const agents = new Map<string, Agent>();

function agentOf(cluster: string): Agent {
  const pki = (file: string) => readFileSync(clusterFolder(cluster, "pki", file), "utf8");
  // Not by the cluster's name alone: after one that is gone, another one may have it.
  const cert = pki("admin.crt");
  const agent =
    agents.get(cert) ?? new Agent({ keepAlive: true, ca: pki("ca.crt"), cert, key: pki("admin.key") });
  agents.set(cert, agent);
  return agent;
}

const bodyTypes = { GET: "", DELETE: "", POST: "application/json", PATCH: "application/merge-patch+json" };

/** Of a PATCH that joins lists by their keys; Kubernetes' own kinds take it. */
export const strategicMerge = "application/strategic-merge-patch+json";

/** One request to the API, without a process of its own: for those who ask all the time. */
export function api<T>(
  cluster: string,
  method: keyof typeof bodyTypes,
  path: string,
  body?: object,
  bodyType = bodyTypes[method],
): Promise<T> {
  const headers = body && { "content-type": bodyType };
  const options = { method, agent: agentOf(cluster), timeout: 5000, headers };
  return new Promise((resolve, reject) => {
    const sent = request(`https://${clusterAddress(cluster)}:6443${path}`, options, async (response) => {
      try {
        const text = Buffer.concat(await response.toArray()).toString();
        if (response.statusCode === 200 || response.statusCode === 201) resolve(JSON.parse(text));
        else reject(new Error(`${method} ${path} answered ${response.statusCode}: ${text}`));
      } catch (error) {
        reject(error);
      }
    });
    sent.on("timeout", () => sent.destroy(new Error(`${method} ${path} got no answer`)));
    sent.on("error", reject);
    sent.end(body && JSON.stringify(body));
  });
}

/** What the API server says for as long as it has something to say, or for `timeout` milliseconds of silence. */
export function stream(cluster: string, path: string, timeout: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { agent: agentOf(cluster), timeout };
    const sent = request(`https://${clusterAddress(cluster)}:6443${path}`, options, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      reject(new Error(`GET ${path} answered ${response.statusCode}`));
    });
    sent.on("timeout", () => sent.destroy(new Error(`GET ${path} fell silent`)));
    sent.on("error", reject);
    sent.end();
  });
}

/** Whether a path that answers with no object says that all is well; throws when it says anything else. */
export async function isHealthy(cluster: string, path: string): Promise<boolean> {
  (await stream(cluster, path, 5000)).resume();
  return true;
}

/** All objects of a kind, as the API server has them in memory. */
export async function list<T>(cluster: string, path: string): Promise<T[]> {
  return (await api<{ items: T[] }>(cluster, "GET", `${path}?resourceVersion=0`)).items;
}
