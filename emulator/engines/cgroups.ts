// The cgroups that nodes' kubelets make for their pods; a node's own (node.sh) holds them all.
import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bridgeName } from "./instance.ts";

const cgroups = "/sys/fs/cgroup";
/** How long the kernel may take to end what was in a node. */
const endSeconds = 10;

const prefix = (): string => `${bridgeName()}-`;

export const cgroupOf = (node: string): string => `${prefix()}${node}`;

/** In cgroup v1 each controller has a hierarchy of its own, in v2 there is one. */
const hierarchies = (root: string): string[] =>
  existsSync(join(root, "cgroup.controllers"))
    ? [root]
    : readdirSync(root).map((hierarchy) => join(root, hierarchy));

/** The innermost first: one that has others in it can't be removed. */
function remove(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) remove(join(path, entry.name));
  }
  rmdirSync(path);
}

async function removeAll(isMeant: (name: string) => boolean, root: string): Promise<void> {
  const left = () =>
    hierarchies(root).flatMap((hierarchy) =>
      readdirSync(hierarchy)
        .filter(isMeant)
        .map((name) => join(hierarchy, name)),
    );
  // One is busy until its last process is gone, which takes a moment longer than the node itself.
  for (const deadline = Date.now() + endSeconds * 1000; Date.now() < deadline; await sleep(50)) {
    for (const path of left()) {
      try {
        remove(path);
      } catch {}
    }
    if (left().length === 0) return;
  }
}

/** Removes those of a node that was ended. */
export const removeCgroupsOf = (node: string, root = cgroups): Promise<void> =>
  removeAll((name) => name === cgroupOf(node), root);

/** Removes those of all nodes of this instance, which are ended: half-made ones and those of killed runs too. */
export const removeCgroups = (root = cgroups): Promise<void> =>
  removeAll((name) => name.startsWith(prefix()), root);
