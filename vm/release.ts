// The files of a release that depend on service and settings. Those in release/ are the same for all.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { stringify } from "yaml";
import { databaseName } from "../description/database-name.ts";
import { caddyfile } from "./caddyfile.ts";
import { ALEMBIC, composeProject, runsAlembic } from "./compose.ts";
import { secretFiles, secretVariables } from "./container.ts";
import type { Deployment } from "./deployment.ts";
import { images, POSTGRES_MAJOR, users } from "./images.ts";
import { databaseFile } from "./values.ts";

const alembic = join(dirname(import.meta.dirname), "components", "migration", ALEMBIC);

/** Compose may read it as YAML 1.1, where an unquoted `no` is false. */
const yaml = { aliasDuplicateObjects: false, lineWidth: 0, version: "1.1" } as const;

/** Text by name. There is no secret in it: prepare.sh makes them on the VM. */
export function release(deployment: Deployment): Record<string, string> {
  const { service, settings, image = "" } = deployment;
  if (image !== "" && !/^[\w.:/-]+@sha256:[0-9a-f]{64}$/.test(image)) {
    throw new RunError(
      `image: got ${image}; allowed: <repository>@sha256:<64 digits>; fix: name it by its digest`,
    );
  }
  const [major] = settings.database.engineVersion.split(".");
  if (service.database === "postgresql" && major !== POSTGRES_MAJOR) {
    throw new RunError(
      `databaseEngineVersion: got ${settings.database.engineVersion}; allowed on a VM: ${POSTGRES_MAJOR}; ` +
        "fix: pin that version's image in vm/images.ts, and move the data by a backup as docs/vm.md says",
    );
  }
  const variables = {
    NAME: service.name,
    IMAGE: image,
    ...images,
    ...users,
    DATABASE: service.database,
    DATABASE_NAME: databaseName(service.name),
    DATABASE_FILE: databaseFile(deployment) ?? "",
    MIGRATION_SECONDS: settings.migration.deadlineSeconds,
    SECRETS: "",
  };
  const secrets = { ...secretFiles(deployment), "variables.env": secretVariables(deployment) };
  const files = {
    "compose.yaml": stringify(composeProject(deployment), yaml),
    ".env": Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
    Caddyfile: caddyfile(deployment) ?? "",
    [ALEMBIC]: runsAlembic(service) ? readFileSync(alembic, "utf8") : "",
    ...Object.fromEntries(Object.entries(secrets).map(([name, text]) => [`secrets/${name}`, text])),
  };
  return Object.fromEntries(Object.entries(files).filter(([, text]) => text !== ""));
}
