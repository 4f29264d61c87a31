// The disk of a new node, as an AMI is on EC2: containerd's folder with a base image's layer, so that no node fetches and
// unpacks what thousands of files are in.
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../engines/processes.ts";

/** What the kubelet's images are in. */
const namespace = "k8s.io";

const configuration = (root: string, folder: string): string => `version = 2
root = "${root}"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${folder}/socket"
`;

async function isListening(containerd: ChildProcess, socket: string): Promise<void> {
  while (!existsSync(socket)) {
    if (containerd.exitCode !== null) throw new Error(`containerd ended with ${containerd.exitCode}`);
    await sleep(50);
  }
}

/** Makes the folder `disk` with the files of `layer`, a tar file, under the name that they have in every image. */
export async function makeNodeDisk(disk: string, layer: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(layer), hash);
  const digest = `sha256:${hash.digest("hex")}`;
  // Not in the cache, whose path may be too long for a socket's.
  const folder = mkdtempSync(join(tmpdir(), "containerd-"));
  writeFileSync(join(folder, "config.toml"), configuration(disk, folder));
  const containerd = spawn("containerd", ["--config", join(folder, "config.toml")], { stdio: "ignore" });
  const snapshots = (...args: string[]) =>
    run("ctr", ["--address", join(folder, "socket"), "--namespace", namespace, "snapshots", ...args]);
  try {
    await isListening(containerd, join(folder, "socket"));
    await snapshots("prepare", "layer");
    const [files = ""] = globSync(join(disk, "io.containerd.snapshotter.v1.overlayfs/snapshots/*/fs"));
    await run("tar", ["--extract", "--file", layer, "--directory", files]);
    await snapshots("commit", digest, "layer");
  } finally {
    containerd.kill();
    await once(containerd, "exit");
    rmSync(folder, { recursive: true });
  }
}
