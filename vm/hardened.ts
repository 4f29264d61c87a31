// What every container of the project has: few rights, limits, and a log that ends somewhere.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type ComposeService = Record<string, unknown>;

interface Limits {
  memory: string;
  processes: number;
}

export function hardened(user: number, { memory, processes }: Limits, own: ComposeService): ComposeService {
  return {
    restart: "unless-stopped",
    user: `${user}:${user}`,
    read_only: true,
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges:true"],
    mem_limit: memory,
    // The same as mem_limit: no swap.
    memswap_limit: memory,
    pids_limit: processes,
    logging: { driver: "json-file", options: { "max-size": "10m", "max-file": "5" } },
    ...own,
  };
}

/** Folders in memory; what is in them goes with the container. */
export const temporary = (user: number, ...folders: string[]): string[] =>
  folders.map((folder) => `${folder}:size=64m,mode=0700,uid=${user},gid=${user}`);

// The long form. With the short one, Docker would make a missing file as a folder of root's.
const bind = { type: "bind", bind: { create_host_path: false } };
export const readable = (source: string, target: string) => ({ ...bind, source, target, read_only: true });
export const writable = (source: string, target: string) => ({ ...bind, source, target });

/** Compose doesn't look into mounted files. This label makes it replace a container whose files have changed. */
export const madeFrom = (...files: string[]): Record<string, string> => ({
  "made-from": createHash("sha256").update(files.join("\0")).digest("hex").slice(0, 16),
});

/** As `madeFrom`, of files in release/. */
export const madeFromRelease = (...names: string[]): Record<string, string> =>
  madeFrom(...names.map((name) => readFileSync(join(import.meta.dirname, "release", name), "utf8")));

/** The same for the machine's secrets. prepare.sh puts their sum into the release's `.env`. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's syntax.
export const SECRETS = { secrets: "${SECRETS}" };

/** Without it, Docker runs the image's own check, which asks a server that isn't there. */
export const NO_HEALTH_CHECK = { disable: true };

/** A deploy waits for health, and `docker compose ps` shows it. Docker doesn't restart what is unhealthy. */
export const healthCheck = (startSeconds: number, ...command: string[]) => ({
  test: ["CMD", ...command],
  interval: "5s",
  timeout: "3s",
  retries: 3,
  start_period: `${startSeconds}s`,
});
