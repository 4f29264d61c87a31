// Karpenter's kinds, as EKS Auto Mode has them in each cluster; what it does with them is engines/auto-mode.ts'.
import { copyFileSync, cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { go } from "./go.ts";
import type { Part } from "./toolchain.ts";

const module = "sigs.k8s.io/karpenter";
const folder = join(import.meta.dirname, "karpenter");
const kinds = ["nodepools", "nodeclaims"];

/** Their definitions alone, from the module that also has the program. */
export const karpenter: Part = {
  name: "karpenter",
  title: "Karpenter's node pools",
  minutes: 0.2,
  inputs: async () => [
    readFileSync(import.meta.filename, "utf8"),
    ...["go.mod", "go.sum"].map((file) => readFileSync(join(folder, file), "utf8")),
  ],
  build: async (target, report) => {
    const source = join(target, "source");
    cpSync(folder, source, { recursive: true });
    report("downloading");
    await go(source, ["mod", "download", module]);
    const [directory] = await go(source, ["list", "-m", "-f", "{{.Dir}}", module]);
    for (const kind of kinds)
      copyFileSync(`${directory}/pkg/apis/crds/karpenter.sh_${kind}.yaml`, join(target, `${kind}.yaml`));
    rmSync(source, { recursive: true });
  },
  links: Object.fromEntries(kinds.map((kind) => [`karpenter/${kind}.yaml`, `${kind}.yaml`])),
};
