// What stands in for Docker Hub's images, from Debian's packages, and the nodes' disk with the one that services are built on.
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../engines/processes.ts";
import { makeNodeDisk } from "./node-disk.ts";
import type { Part } from "./toolchain.ts";

const recipe = (): string => readFileSync(import.meta.filename, "utf8");

/** A release's smallest system, and what it needs besides; without what Docker Hub's slim images leave out as well. */
async function debian(root: string, release: string, packages: readonly string[]): Promise<void> {
  mkdirSync(root);
  const include = packages.length > 0 ? [`--include=${packages.join(",")}`] : [];
  await run("debootstrap", ["--variant=minbase", ...include, release, root]);
  const shared = ["doc", "locale", "man"].map((name) => join("usr/share", name));
  for (const unneeded of ["var/cache/apt", "var/lib/apt/lists", ...shared]) {
    rmSync(join(root, unneeded), { recursive: true, force: true });
  }
}

async function pack(root: string, file: string): Promise<void> {
  await run("tar", ["--create", "--file", file, "--directory", root, "."]);
  rmSync(root, { recursive: true });
}

const pythonPackages = ["python3", "python3-venv", "python3-pip", "ca-certificates"];

/** Stands in for Docker Hub's `python:3-slim`. */
export const python: Part = {
  name: "python",
  title: "a Python base image from Debian",
  minutes: 1.5,
  inputs: async () => [
    recipe(),
    readFileSync(join(import.meta.dirname, "node-disk.ts"), "utf8"),
    await run("containerd", ["--version"]),
  ],
  build: async (folder, report) => {
    const root = join(folder, "root");
    report("installing Debian packages");
    await debian(root, "bookworm", pythonPackages);
    // As in the official image: pip may install into the system's Python, and no bytecode of its library is there.
    for (const path of globSync(["usr/lib/python3*/EXTERNALLY-MANAGED", "usr/lib/python3*/**/__pycache__"], {
      cwd: root,
    })) {
      rmSync(join(root, path), { recursive: true });
    }
    // Builds reach the package registries as this machine does.
    copyFileSync("/etc/ssl/certs/ca-certificates.crt", join(root, "etc/ssl/certs/ca-certificates.crt"));
    report("packing");
    await pack(root, join(folder, "python.tar"));
    await makeNodeDisk(join(folder, "disk"), join(folder, "python.tar"));
  },
  links: { "images/python.tar": "python.tar", "images/node-disk": "disk" },
};

/** Stands in for Docker Hub's `debian:trixie-slim`. */
export const debian13: Part = {
  name: "debian",
  title: "a Debian 13 base image",
  minutes: 1,
  inputs: async () => [recipe()],
  build: async (folder, report) => {
    const root = join(folder, "root");
    report("installing Debian packages");
    await debian(root, "trixie", []);
    // As in the official image: no package starts its service while an image is built.
    writeFileSync(join(root, "usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n", { mode: 0o755 });
    report("packing");
    await pack(root, join(folder, "debian.tar"));
  },
  links: { "images/debian.tar": "debian.tar" },
};
