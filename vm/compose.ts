// The Compose project: what runs on the VM, and in which order it starts.
import { backup } from "./backup.ts";
import { caddyfile, HEALTH } from "./caddyfile.ts";
import { container, secretFiles } from "./container.ts";
import { database, databaseSecrets } from "./database.ts";
import type { Deployment } from "./deployment.ts";
import {
  type ComposeService,
  hardened,
  healthCheck,
  madeFrom,
  NO_HEALTH_CHECK,
  readable,
  temporary,
  writable,
} from "./hardened.ts";
import { users } from "./images.ts";
import { isFile } from "./values.ts";

/** A starting service has this long to get healthy, as in a pod. */
const START_SECONDS = 150;

export function composeProject(deployment: Deployment) {
  const { service } = deployment;
  const optional = {
    migration: service.migrations && migration(deployment),
    candidate: canBeTried(deployment) && candidate(deployment),
    database: service.database === "postgresql" && database(deployment),
    backup: service.database !== "none" && backup(deployment, migrated(deployment)),
    proxy: service.http && proxy(deployment),
  };
  const secrets = Object.keys(secretFiles(deployment)).map((name) => [
    name,
    { file: `../secrets/app/${name}` },
  ]);
  return {
    name: service.name,
    services: {
      app: app(deployment),
      ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value)),
    } as Record<string, ComposeService>,
    // The database is in `back` alone, which leads nowhere.
    networks: { front: {}, back: { internal: true } },
    secrets: {
      ...Object.fromEntries(secrets),
      ...(service.database === "postgresql" ? databaseSecrets : {}),
    },
  };
}

/** A file of the release. It leaves a database alone that is newer than the image. */
export const ALEMBIC = "run_alembic.py";
const ALEMBIC_FILE = `/etc/${ALEMBIC}`;

export const runsAlembic = ({ migrations }: Deployment["service"]): boolean => migrations?.tool === "alembic";

/** Whether a new version can run beside the old one. A worker has no health to look at; a file has a single writer. */
const canBeTried = ({ service }: Deployment): boolean => service.http !== undefined && !isFile(service);

const ready = { database: { condition: "service_healthy" } };

const migrated = ({ service }: Deployment) => ({
  ...(service.database === "postgresql" ? ready : {}),
  ...(service.migrations ? { migration: { condition: "service_completed_successfully" } } : {}),
});

function app(deployment: Deployment): ComposeService {
  const { service, settings } = deployment;
  const { terminationGracePeriodSeconds, preStopSeconds } = settings.app;
  return {
    ...container(deployment),
    entrypoint: service.serve,
    depends_on: migrated(deployment),
    // The grace chain without preStop: the proxy needs no head start, it tries again.
    stop_grace_period: `${terminationGracePeriodSeconds - preStopSeconds}s`,
    healthcheck: service.http ? readiness(service.http) : NO_HEALTH_CHECK,
  };
}

function candidate(deployment: Deployment): ComposeService {
  const { depends_on: _, ...same } = app(deployment);
  return { ...same, restart: "no", profiles: ["deploy"] };
}

function migration(deployment: Deployment): ComposeService {
  const { service } = deployment;
  const { command = [] } = service.migrations ?? {};
  const { volumes, ...base } = container(deployment);
  const entrypoint = runsAlembic(service)
    ? {
        entrypoint: ["python3", ALEMBIC_FILE, ...command],
        volumes: [...(volumes as object[]), readable(ALEMBIC, ALEMBIC_FILE)],
      }
    : { entrypoint: command, volumes };
  return {
    ...base,
    ...entrypoint,
    restart: "no",
    healthcheck: NO_HEALTH_CHECK,
    ...(service.database === "postgresql" ? { depends_on: ready } : {}),
  };
}

/** Uses python3, which every FastAPI image has. */
const readiness = ({ port, readiness }: { port: number; readiness: string }) =>
  healthCheck(
    START_SECONDS,
    "python3",
    "-c",
    `import urllib.request; urllib.request.urlopen("http://localhost:${port}${readiness}", timeout=2)`,
  );

function proxy(deployment: Deployment): ComposeService {
  return hardened(
    users.PROXY_UID,
    { memory: "256m", processes: 128 },
    {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's syntax.
      image: "${CADDY_IMAGE}",
      command: ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"],
      // The image's program bears this capability, and Linux starts none that bears one it may not have
      // (caddyserver/caddy-docker#396).
      cap_add: ["NET_BIND_SERVICE"],
      environment: { XDG_DATA_HOME: "/data", XDG_CONFIG_HOME: "/config" },
      ports: ["80:80", "443:443", "443:443/udp"],
      volumes: [writable("../data/proxy", "/data"), readable("Caddyfile", "/etc/caddy/Caddyfile")],
      tmpfs: temporary(users.PROXY_UID, "/tmp", "/config"),
      networks: ["front"],
      labels: madeFrom(caddyfile(deployment) ?? ""),
      depends_on: { app: { condition: "service_healthy" } },
      healthcheck: healthCheck(10, "wget", "-q", "--spider", HEALTH),
    },
  );
}
