// The service's own container, which app, migration and candidate share.
import { join } from "node:path";
import { isSecret, type Value } from "../description/known.ts";
import type { Deployment } from "./deployment.ts";
import {
  type ComposeService,
  hardened,
  madeFrom,
  readable,
  SECRETS,
  temporary,
  writable,
} from "./hardened.ts";
import { users } from "./images.ts";
import { CA_FILE, FILE_FOLDER, fill, IMAGE, isFile, knownValues } from "./values.ts";

/** Enough for the service's threads, and about what a kubelet allows a pod. */
const PROCESSES = 256;

/** Kubernetes' quantity, as Docker writes it. */
export const dockerMemory = (quantity: string): string => quantity.replace(/i$/, "").toLowerCase();

/** Compose takes a `$` of ours for one of its variables. */
const escaped = (text: string): string => text.replaceAll("$", "$$$$");

export function container(deployment: Deployment): ComposeService {
  const { service, settings } = deployment;
  const known = knownValues(deployment);
  const files = secretFiles(deployment);
  return hardened(
    users.APP_UID,
    { memory: dockerMemory(settings.app.memoryLimit), processes: PROCESSES },
    {
      image: IMAGE,
      environment: filled(service.variables, (value) =>
        isSecret(value) ? undefined : fill(value, known, escaped),
      ),
      // Compose reads this file on the VM. So no rendered file has a secret in it, and the image needs no shell that
      // reads a file into a variable.
      ...(secretVariables(deployment) && { env_file: [{ path: `../${VARIABLES}`, format: "raw" }] }),
      secrets: Object.keys(files).map((name) => ({
        source: name,
        target: join(service.secretFiles?.folder ?? "", name),
      })),
      volumes: [
        ...(service.database === "postgresql" ? [readable("../secrets/database-ca.pem", CA_FILE)] : []),
        ...(isFile(service) ? [writable("../data/service", FILE_FOLDER)] : []),
      ],
      tmpfs: temporary(users.APP_UID, "/tmp", ...(service.writes ?? [])),
      networks: ["front", "back"],
      labels: {
        ...(service.database === "postgresql" && SECRETS),
        ...madeFrom(...Object.values(files)),
      },
    },
  );
}

const VARIABLES = "secrets/app/variables.env";

function filled(values: Readonly<Record<string, Value>>, write: (value: Value) => string | undefined) {
  const entries = Object.entries(values).map(([name, value]) => [name, write(value)]);
  return Object.fromEntries(entries.filter(([, text]) => text !== undefined)) as Record<string, string>;
}

/** The file of the variables with a secret in them, or nothing. prepare.sh fills the secrets in. */
export function secretVariables(deployment: Deployment): string {
  const known = knownValues(deployment);
  const variables = filled(deployment.service.variables, (value) =>
    isSecret(value) ? fill(value, known) : undefined,
  );
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

/** The content of each secret file. Marks stand for the secrets until prepare.sh fills them in. */
export function secretFiles(deployment: Deployment): Record<string, string> {
  const known = knownValues(deployment);
  return filled(deployment.service.secretFiles?.files ?? {}, (value) => fill(value, known));
}
