// Starts the process that publishes a stack's service.
import { connect } from "node:net";
import { join } from "node:path";
import { clusterAddress } from "../engines/kubernetes.ts";
import { isRunning, startProcess, stopProcess, waitUntil } from "../engines/processes.ts";

const firstPort = 8080;
const lastPort = 8099;

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });

async function freePort(): Promise<number> {
  for (let port = firstPort; port <= lastPort; port++) if (!(await accepts(port))) return port;
  throw new Error(`the ports ${firstPort} to ${lastPort} of 127.0.0.1 are all in use; free one of them`);
}

/** Publishes a Service on the first free port from 8080 and returns its URL. */
export async function publish(cluster: string, namespace: string, service: string): Promise<string> {
  const name = `publish-${cluster}`;
  if (isRunning(name)) await stopProcess(name);
  const port = await freePort();
  const host = `${service}.${namespace}.svc.cluster.local`;
  startProcess(name, process.execPath, [
    join(import.meta.dirname, "..", "engines", "forward.ts"),
    String(port),
    clusterAddress(cluster),
    host,
  ]);
  await waitUntil("the published service", name, () => accepts(port));
  return `http://localhost:${port}`;
}
