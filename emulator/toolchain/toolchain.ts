// Provides what the emulator runs: found on this machine, or else built once and kept outside the checkout.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { dataPath } from "../engines/instance.ts";

export const cacheFolder = process.env.FASTAPI_EKS_EMULATOR_CACHE ?? "/var/cache/fastapi-eks-emulator";

export type Report = (progress: string) => void;

export interface Part {
  name: string;
  title: string;
  /** Estimated duration of `build` on 2 cores. */
  minutes: number;
  /** Everything that the result depends on, its recipe included. */
  inputs: () => Promise<string[]>;
  /** Makes the part in an empty folder. */
  build: (folder: string, report: Report) => Promise<void>;
  /** Where the instance wants it, as a link: path below its folder -> file that `build` made. */
  links: Record<string, string>;
  /** The same links, to what this machine has already. */
  find?: () => Record<string, string> | undefined;
}

function link(path: string, target: string): void {
  mkdirSync(dirname(dataPath(path)), { recursive: true });
  rmSync(dataPath(path), { force: true });
  symlinkSync(target, dataPath(path));
}

/** What builds left that were killed; a pid that is in use again keeps its folder a while longer. */
function removeAbandoned(part: Part): void {
  if (!existsSync(cacheFolder)) return;
  const prefix = `${part.name}.unfinished-`;
  for (const name of readdirSync(cacheFolder).filter((entry) => entry.startsWith(prefix))) {
    if (!existsSync(`/proc/${name.slice(prefix.length)}`))
      rmSync(join(cacheFolder, name), { recursive: true });
  }
}

const keptMilliseconds = 30 * 24 * 3600 * 1000;

/** What other versions of a part were, a month after the last one asked for it. */
function removeUnused(part: Part): void {
  for (const name of readdirSync(cacheFolder)) {
    if (!new RegExp(`^${part.name}-[0-9a-f]{16}$`).test(name)) continue;
    const unusedFor = Date.now() - statSync(join(cacheFolder, name)).mtimeMs;
    if (unusedFor > keptMilliseconds) rmSync(join(cacheFolder, name), { recursive: true });
  }
}

async function cachedFolder(part: Part): Promise<string> {
  const hash = createHash("sha256")
    .update(JSON.stringify(await part.inputs()))
    .digest("hex");
  return join(cacheFolder, `${part.name}-${hash.slice(0, 16)}`);
}

/** Whether the part has yet to be built. */
export const isMissing = async (part: Part): Promise<boolean> =>
  !part.find?.() && !existsSync(await cachedFolder(part));

/** Links a part into the instance's folder and tells where it came from. */
export async function provide(part: Part, report: Report): Promise<"found" | "cached" | "built"> {
  const found = part.find?.();
  if (found) {
    for (const [path, target] of Object.entries(found)) link(path, target);
    return "found";
  }
  const folder = await cachedFolder(part);
  const cached = existsSync(folder);
  if (!cached) {
    // Built elsewhere and moved at the end, so that an interrupted build is never taken for a whole one.
    const unfinished = join(cacheFolder, `${part.name}.unfinished-${process.pid}`);
    removeAbandoned(part);
    mkdirSync(unfinished, { recursive: true });
    try {
      await part.build(unfinished, report);
      try {
        renameSync(unfinished, folder);
      } catch (error) {
        // Another instance may have built the same meanwhile.
        if (!existsSync(folder)) throw error;
      }
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  utimesSync(folder, new Date(), new Date());
  if (!cached) removeUnused(part);
  for (const [path, file] of Object.entries(part.links)) link(path, join(folder, file));
  return cached ? "cached" : "built";
}
