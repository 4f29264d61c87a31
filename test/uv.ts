// uv, which runs the service's checks and its benchmark, in the Dockerfile's version.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../emulator/toolchain/toolchain.ts";

const dockerfile = join(dirname(import.meta.dirname), "app", "Dockerfile");
const version = /uv==([\d.]+)/.exec(readFileSync(dockerfile, "utf8"))?.[1];
const folder = join(cacheFolder, `uv-${version}`);

export const uv = join(folder, "bin", "uv");

/** The commands that install it, none if it is there. */
export const uvInstallation = (): string[][] =>
  existsSync(uv)
    ? []
    : [
        ["python3", "-m", "venv", folder],
        [join(folder, "bin", "pip"), "install", "--quiet", `uv==${version}`],
      ];
