// Everything of an instance that runs outside a command, started and stopped as a whole.
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { startLoadBalancers, stopLoadBalancers } from "../aws/elbv2-load-balancer.ts";
import { removeCgroups } from "../engines/cgroups.ts";
import { clusterNames, removeIncompleteClusters, startCluster, stopCluster } from "../engines/cluster.ts";
import { startDocker, stopDocker } from "../engines/docker.ts";
import { startEndpoints, stopEndpoints } from "../engines/endpoints.ts";
import { dataPath } from "../engines/instance.ts";
import { startNetwork, stopNetwork } from "../engines/network.ts";
import {
  certificateAuthority,
  instanceIdentifiers,
  removeIncompleteInstances,
  startInstance,
  stopInstance,
} from "../engines/postgres.ts";
import { runningNames, stopProcess } from "../engines/processes.ts";
import { startRegistry, stopRegistry } from "../engines/registry.ts";

/** PostgreSQL, which isn't root, passes through the rest. */
const roots = [
  "acm",
  "addresses",
  "aws",
  "clusters",
  "dns",
  "docker",
  "endpoints",
  "external-secrets",
  "images",
  "load-balancers",
  "log",
  "project",
  "pulumi",
  "registry",
  "run",
  "s3",
  "secretsmanager",
  "state",
  "sts",
  "tmp",
  "volumes",
];

/** Nobody else on this machine reads what is written into them, whatever its own mode. */
function closeFolders(): void {
  for (const name of roots) {
    mkdirSync(dataPath(name), { recursive: true });
    chmodSync(dataPath(name), 0o700);
  }
}

/** Starts the account's own services, and what was in it when it was stopped. */
export async function startServices(): Promise<void> {
  closeFolders();
  await startNetwork();
  await Promise.all([
    startRegistry(),
    startDocker(),
    startEndpoints(),
    startLoadBalancers(),
    certificateAuthority(),
  ]);
  await Promise.all([removeIncompleteInstances(), removeIncompleteClusters()]);
  await Promise.all([...instanceIdentifiers().map(startInstance), ...clusterNames().map(startCluster)]);
}

export async function stopServices(): Promise<void> {
  await Promise.all(clusterNames().map(stopCluster));
  await Promise.all(instanceIdentifiers().map(stopInstance));
  await Promise.all([stopRegistry(), stopDocker(), stopEndpoints(), stopLoadBalancers()]);
  // Left by a run that was killed before it could clean up.
  for (const name of runningNames()) await stopProcess(name);
  await removeCgroups();
  await stopNetwork();
}

/** Stops everything and forgets it, but for the folders in `kept`. */
export async function reset(kept: string[] = []): Promise<void> {
  await stopServices();
  const names = existsSync(dataPath()) ? readdirSync(dataPath()) : [];
  const forgotten = kept.length > 0 ? names.filter((name) => !kept.includes(name)) : [""];
  for (const name of forgotten) {
    // What a box had running may write until the kernel gets to it.
    rmSync(dataPath(name), { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}
