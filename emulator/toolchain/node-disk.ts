// The disk of a new node, as an AMI is on EC2: containerd's folder with a base image's layer, so that no node fetches and
// unpacks what thousands of files are in.
import { existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, startProcess, stopProcess, waitUntil } from "../engines/processes.ts";
import { digestOf } from "../engines/registry.ts";

const processName = "node-disk";

/** What the kubelet's images are in. */
const namespace = "k8s.io";

const configuration = (root: string, folder: string): string => `version = 2
root = "${root}"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${folder}/socket"
`;

/** Makes the folder `disk` with the files of `layer`, a tar file, under the name that they have in every image. */
export async function makeNodeDisk(disk: string, layer: string): Promise<void> {
  // Not in the cache, whose path may be too long for a socket's.
  const folder = mkdtempSync(join(tmpdir(), "containerd-"));
  const [file, socket] = [join(folder, "config.toml"), join(folder, "socket")];
  writeFileSync(file, configuration(disk, folder));
  const snapshots = (...args: string[]) =>
    run("ctr", ["--address", socket, "--namespace", namespace, "snapshots", ...args]);
  try {
    // Of a build that was killed.
    await stopProcess(processName);
    startProcess(processName, "containerd", ["--config", file]);
    await waitUntil("containerd", processName, async () => existsSync(socket));
    await snapshots("prepare", "layer");
    const [files = ""] = globSync(join(disk, "io.containerd.snapshotter.v1.overlayfs/snapshots/*/fs"));
    await run("tar", ["--extract", "--file", layer, "--directory", files]);
    await snapshots("commit", await digestOf({ file: layer }), "layer");
  } finally {
    await stopProcess(processName);
    rmSync(folder, { recursive: true });
  }
}
