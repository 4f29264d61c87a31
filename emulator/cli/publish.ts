// Starts the process that publishes a stack's service.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { dataPath } from "../engines/instance.ts";
import { clusterAddress } from "../engines/kubernetes.ts";
import { isRunning, startProcess, stopProcess, waitUntil } from "../engines/processes.ts";

/** Publishes a Service on the first free port from 8080 and returns its URL. */
export async function publish(cluster: string, namespace: string, service: string): Promise<string> {
  const name = `publish-${cluster}`;
  if (isRunning(name)) await stopProcess(name);
  const portFile = dataPath("tmp", `${name}.port`);
  mkdirSync(dataPath("tmp"), { recursive: true });
  rmSync(portFile, { force: true });
  const host = `${service}.${namespace}.svc.cluster.local`;
  startProcess(name, process.execPath, [
    join(import.meta.dirname, "..", "engines", "forward.ts"),
    portFile,
    clusterAddress(cluster),
    host,
  ]);
  const port = () => existsSync(portFile) && readFileSync(portFile, "utf8");
  await waitUntil("the published service", name, async () => Boolean(port()));
  return `http://localhost:${port()}`;
}
