// What a machine with Docker needs besides Debian's packages, for the tests of vm/: nothing that `npm start` runs.
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../engines/processes.ts";
import { goModule } from "./go.ts";
import type { Part } from "./toolchain.ts";

const composeVersion = "v2.40.3";

/** Docker's plugin for Compose projects. */
export const compose: Part = {
  name: "compose",
  title: `Docker Compose ${composeVersion}`,
  minutes: 1.5,
  ...goModule("compose", {
    "docker-compose": {
      package: "github.com/docker/compose/v2/cmd",
      variables: { "github.com/docker/compose/v2/internal.Version": composeVersion },
    },
  }),
  links: { "compose/docker-compose": "docker-compose" },
};

const debianRelease = "bookworm";
const packages = "ca-certificates,postgresql-15,caddy,wget";

/** As PostgreSQL's image does at its first start, as far as a project may rely on it. */
const entrypoint = `#!/usr/bin/env bash
set -eu
if [[ $1 == postgres && ! -s $PGDATA/PG_VERSION ]]; then
  initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" $POSTGRES_INITDB_ARGS
  pg_ctl --pgdata "$PGDATA" --options "$(printf '%q ' "\${@:2}" -c listen_addresses=)" --wait start
  for file in /docker-entrypoint-initdb.d/*.sh; do . "$file"; done
  pg_ctl --pgdata "$PGDATA" --mode fast --wait stop
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
fi
exec "$@"
`;

/** Stands in for Docker Hub's \`postgres\` and \`caddy\`, which can't be reached from everywhere: Debian's, in one image. */
export const servers: Part = {
  name: "servers",
  title: "PostgreSQL and Caddy from Debian",
  minutes: 2,
  inputs: async () => [readFileSync(import.meta.filename, "utf8")],
  build: async (folder, report) => {
    const root = join(folder, "root");
    mkdirSync(root);
    report("installing Debian packages");
    await run("debootstrap", ["--variant=minbase", `--include=${packages}`, debianRelease, root]);
    // As in the official images: PostgreSQL's user id, which is another's here, and the capability of Caddy's program.
    await run("chroot", [root, "usermod", "--uid", "900", "caddy"]);
    await run("chroot", [root, "usermod", "--uid", "999", "postgres"]);
    await run("setcap", ["cap_net_bind_service=+ep", join(root, "usr/bin/caddy")]);
    writeFileSync(join(root, "entrypoint"), entrypoint, { mode: 0o755 });
    // PostgreSQL compiles queries by LLVM, which is a quarter of it all: without its library it doesn't.
    const unneeded = [
      "lib/postgresql/15/lib/llvmjit.so",
      "lib/x86_64-linux-gnu/libLLVM*",
      "share/{doc,i18n,locale,man}",
    ];
    const caches = ["var/cache/apt", "var/lib/apt/lists", "var/lib/postgresql/15"];
    for (const path of globSync([...unneeded.map((path) => `usr/${path}`), ...caches], { cwd: root })) {
      rmSync(join(root, path), { recursive: true });
    }
    report("packing");
    await run("tar", [
      "--create",
      "--xattrs",
      "--file",
      join(folder, "servers.tar"),
      "--directory",
      root,
      ".",
    ]);
    rmSync(root, { recursive: true });
  },
  links: { "images/servers.tar": "servers.tar" },
};
