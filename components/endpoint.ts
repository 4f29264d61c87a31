// Whether a cluster's API answers from here, and what to do where it doesn't.
import https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";

export interface Endpoint {
  /** https://… */
  url: string;
  /** PEM in base64, as EKS hands it out. */
  certificateAuthority: string;
}

/** `late` may only take its time, `silent` lets nobody in from here, `foreign` is somebody else's answer. */
export type Kind = "late" | "silent" | "foreign";

export interface Failure {
  kind: Kind;
  /** The system's own word for it, such as ENOTFOUND. */
  code: string;
}

/** How long one and the same kind of failure is put up with. pulumi-eks waits 300 s in all. */
const PATIENCE_SECONDS: Record<Kind, number> = { late: 300, silent: 60, foreign: 60 };
const PAUSE_SECONDS = 2;
const ATTEMPT_SECONDS = 5;
const GLANCE_SECONDS = 3;

/** Asks once. Any answer over TLS counts, also one that refuses whoever doesn't log in. */
export async function ask(
  { url, certificateAuthority }: Endpoint,
  seconds = GLANCE_SECONDS,
): Promise<Failure | undefined> {
  const ca = Buffer.from(certificateAuthority, "base64");
  // As Kubernetes' clients do it, who take the way that the environment names. Node has `proxyEnv` since 22.21.0 and
  // 24.5.0 (their release notes, 2026-11); package.json's `engines` asks for these.
  const agent = new https.Agent({ proxyEnv: process.env });
  const signal = AbortSignal.timeout(seconds * 1000);
  return new Promise((resolve) => {
    https
      .get(new URL("/healthz", url), { ca, agent, signal }, (response) => {
        response.destroy();
        resolve(undefined);
      })
      .on("error", (error: NodeJS.ErrnoException) => resolve(failure(error.code ?? error.name)));
  });
}

function failure(code: string): Failure {
  if (code === "ABORT_ERR") return { kind: "silent", code: "no answer" };
  if (/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return { kind: "silent", code };
  if (/^(CERT|UNABLE_TO|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT)_/.test(code)) return { kind: "foreign", code };
  return { kind: "late", code };
}

/** Injected by tests. */
export interface Tools {
  ask(endpoint: Endpoint, seconds: number): Promise<Failure | undefined>;
  /** Milliseconds that only go up. */
  now(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

/**
 * Resolves to nothing once it answers, or to why it doesn't when patience has run out. EKS calls a cluster
 * ACTIVE minutes before its name resolves and its load balancer listens (aws/containers-roadmap#654).
 */
export async function untilAnswering(
  endpoint: Endpoint,
  tools: Tools = { ask, now: () => performance.now(), sleep },
): Promise<Failure | undefined> {
  let [last, since]: [Failure | undefined, number] = [undefined, 0];
  for (;;) {
    const start = tools.now();
    const found = await tools.ask(endpoint, ATTEMPT_SECONDS);
    if (!found) return undefined;
    if (found.kind !== last?.kind) since = start;
    last = found;
    if (tools.now() - since >= PATIENCE_SECONDS[found.kind] * 1000) return found;
    await tools.sleep(PAUSE_SECONDS * 1000);
  }
}

const OPEN = `pulumi config set --path 'clusterPublicAccessCidrs[0]' "$(curl -s https://checkip.amazonaws.com)/32"`;

/** Said at preview, when no API is there yet that could be asked. */
export const PRIVATE_AND_NEW =
  "clusterPublicAccessCidrs: got none, so that only what is inside of the VPC reaches the Kubernetes API. " +
  "This update makes the VPC: nothing is inside of it yet, and the update will stop once the cluster is there; " +
  `allowed: networks that may reach the API; fix: ${OPEN}, or let the update stop, join this machine's network ` +
  "to the VPC, and run pulumi up again";

/** What, got, allowed, fix. */
export function unreachable({ url }: Endpoint, cidrs: readonly string[], { kind, code }: Failure): string {
  const { host } = new URL(url);
  const what = `the Kubernetes API at ${host} doesn't answer from here (${code})`;
  if (kind === "foreign") {
    return (
      `cluster: ${what}: whoever does has another certificate authority than the cluster; ` +
      "allowed: a way that nobody opens TLS on; fix: take this host out of the proxy (NO_PROXY), or run pulumi refresh"
    );
  }
  if (kind === "late") {
    return `cluster: ${what}; allowed: an API that answers within ${PATIENCE_SECONDS.late} s; fix: pulumi up again, or docs/trouble.md`;
  }
  const got = cidrs.length > 0 ? cidrs.join(", ") : "none";
  const allowed =
    cidrs.length > 0
      ? "networks that this machine's public address is in"
      : "none where Pulumi runs inside of the VPC or a network peered with it, otherwise this machine's network";
  const open = cidrs.length > 0 ? OPEN.replace("[0]", `[${cidrs.length}]`) : OPEN;
  return `clusterPublicAccessCidrs: got ${got}, and ${what}; allowed: ${allowed}; fix: ${open}, then pulumi up again`;
}
