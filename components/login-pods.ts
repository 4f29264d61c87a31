import * as pulumi from "@pulumi/pulumi";
import type { DatabaseLogin } from "./database-login.ts";
import { type Pod, podSpec } from "./pod.ts";
import { script } from "./script.ts";
import type { MakeSecret } from "./secret.ts";

const FILES: [string, string] = ["login.py", "drivers.py"];
const PASSWORDS = "/run/secrets/login";
const CA_FOLDER = "/etc/login-ca";

const CONNECT_SECONDS = 10;

export interface LoginPodsArgs {
  login: DatabaseLogin;
  namespace: pulumi.Input<string>;
  /** Name of the service account. */
  account: pulumi.Input<string>;
  /** Has `python3` and a driver of PostgreSQL: the service's own. */
  image: pulumi.Input<string>;
  /** ConfigMap and key of the authorities that may have signed PostgreSQL's certificate. */
  authorities: { name: pulumi.Input<string>; key: string };
  /** Makes the Secret with both passwords. */
  secret: MakeSecret;
}

/** The pods of the database's owner that open the service's login and shut the one before. */
export interface LoginPods {
  /** Opens the login, and does nothing else. */
  open: Pod;
  /** Opens the login before the pod's own container begins. */
  opening: (pod: Pod) => Pod;
  /** Shuts the other login, once the pods that used it are gone. */
  shut: (graceSeconds: number) => Pod;
}

export function loginPods(
  name: string,
  { login, namespace, account, image, authorities, secret }: LoginPodsArgs,
  parent: pulumi.Resource,
): LoginPods {
  const { database, current, other } = login;
  const { mount, command } = script(`${name}-script`, "login", FILES, namespace, parent);
  const passwords = secret(
    `${name}-passwords`,
    { owner: database.password, login: current.password },
    parent,
  );
  // Names that no volume of the service has: this may run in a pod of the service's.
  const volumes = {
    passwords: { name: "login-passwords", secret: { secretName: passwords } },
    authorities: { name: "login-authorities", configMap: { name: authorities.name } },
  };
  const env = {
    PGHOST: database.address,
    PGPORT: pulumi.interpolate`${database.port}`,
    PGDATABASE: database.name,
    PGUSER: database.username,
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: `${CA_FOLDER}/${authorities.key}`,
    PGCONNECT_TIMEOUT: String(CONNECT_SECONDS),
    LOGIN_PASSWORD_FOLDER: PASSWORDS,
    LOGIN_GROUP: login.group,
    LOGIN_CURRENT: current.username,
    LOGIN_OTHER: other.username,
    LOGIN_NUMBER: String(login.credential),
  };
  const pod = (step: "open" | "shut", own: Record<string, string> = {}) =>
    podSpec(
      {
        account,
        image,
        variables: { env: Object.entries({ ...env, ...own }).map(([name, value]) => ({ name, value })) },
        mounts: [
          mount,
          { mountPath: PASSWORDS, readOnly: true, volume: volumes.passwords },
          { mountPath: CA_FOLDER, readOnly: true, volume: volumes.authorities },
        ],
        resources: {
          requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "16Mi" },
          limits: { memory: "128Mi", "ephemeral-storage": "32Mi" },
        },
      },
      {
        name: "login",
        command: [...command, step],
        terminationMessagePolicy: "FallbackToLogsOnError",
      },
      { restartPolicy: "Never" },
    );
  const open = pod("open");
  return {
    open,
    opening: (pod) => ({
      ...pod,
      initContainers: open.containers,
      volumes: [...pod.volumes, ...open.volumes],
    }),
    shut: (graceSeconds) => pod("shut", { LOGIN_GRACE_SECONDS: String(graceSeconds) }),
  };
}
