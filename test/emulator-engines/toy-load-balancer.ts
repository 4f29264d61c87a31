// A load balancer on this machine's loopback with a real HAProxy, and targets that say how they were asked.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type Agent, createServer, type IncomingHttpHeaders, request, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, vi } from "vitest";
import { deregister, type Health, healthOf, register, targetsOf } from "../../emulator/aws/elbv2-targets.ts";
import type { LoadBalancer, TargetGroup } from "../../emulator/load-balancer/description.ts";
import { ReverseProxy } from "../../emulator/load-balancer/reverse-proxy.ts";

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** What a target says of a request. */
export interface Seen {
  target: number;
  from?: string;
  url?: string;
  headers: [string, string][];
}

const group: TargetGroup = {
  arn: "arn:orders",
  name: "orders",
  deregistrationDelaySeconds: 2.5,
  healthCheck: {
    path: "/ready",
    port: "traffic-port",
    intervalSeconds: 0.5,
    timeoutSeconds: 2,
    healthyThreshold: 2,
    unhealthyThreshold: 2,
    matcher: "200-299",
  },
};

let folder: string;
let proxy: ReverseProxy;
let balancer: LoadBalancer;
const servers: Server[] = [];
const unhealthy = new Set<number>();

const freePort = async (): Promise<number> => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createTcpServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => resolve(port));
  });
  return promise;
};

export function onToyLoadBalancer(): void {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "load-balancer-"));
    vi.stubEnv("FASTAPI_EKS_EMULATOR_DATA", folder);
    balancer = {
      address: "127.0.0.1",
      sources: ["127.0.0.2", "127.0.0.3"],
      // Longer than this process, which plays the targets as well, may stand still on a busy machine.
      idleTimeoutSeconds: 10,
      dropInvalidHeaderFields: true,
      xffHeaderProcessingMode: "append",
      http2: true,
      listeners: [{ port: await freePort(), action: { group } }],
      groups: [group],
    };
    proxy = new ReverseProxy(folder, async () => balancer);
    void proxy.run();
  });
  afterEach(async () => {
    await proxy.stop();
    for (const server of servers.splice(0)) server.close().closeAllConnections();
    unhealthy.clear();
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
}

export const folderOf = (): string => folder;

export const change = (changes: Partial<LoadBalancer>): void => {
  balancer = { ...balancer, ...changes };
};

export const described = (): LoadBalancer => balancer;

/** A target that answers with what it has seen, after as many milliseconds as the path /slow/<milliseconds> says. */
export async function startTarget(): Promise<number> {
  const server = createServer({ keepAliveTimeout: 0 }, async (incoming, outgoing) => {
    const port = (server.address() as AddressInfo).port;
    if (incoming.url === "/ready") {
      outgoing.writeHead(unhealthy.has(port) ? 503 : 200).end();
      return;
    }
    const wait = Number(/^\/slow\/(\d+)$/.exec(incoming.url ?? "")?.[1] ?? 0);
    const pairs = incoming.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [[name.toLowerCase(), all[index + 1]]] : [],
    );
    const seen = { target: port, from: incoming.socket.remoteAddress, url: incoming.url, headers: pairs };
    setTimeout(() => outgoing.end(JSON.stringify(seen)), wait);
  });
  servers.push(server);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => resolve());
  await promise;
  return (server.address() as AddressInfo).port;
}

export const stopTarget = (port: number): void => {
  const server = servers.find((candidate) => (candidate.address() as AddressInfo | null)?.port === port);
  server?.close().closeAllConnections();
};

export const setHealthy = (port: number, isHealthy: boolean): void => {
  if (isHealthy) unhealthy.delete(port);
  else unhealthy.add(port);
};

export const add = (port: number): void => register(group.arn, "127.0.0.1", port);
const targetAt = (port: number) => targetsOf(group.arn).find((target) => target.port === port);
export function take(port: number): void {
  const target = targetAt(port);
  if (target) deregister(target);
}
/** Ids of the targets that something is still known of. */
export const known = (): string[] => readdirSync(join(folder, "aws/elbv2/targetHealth"));
export function healthAt(port: number): Health["state"] | undefined {
  const target = targetAt(port);
  return target && healthOf(target).state;
}

export function ask(
  path = "/",
  { agent, headers = {} }: { agent?: Agent; headers?: Record<string, string | string[]> } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent = request({
    host: balancer.address,
    port: balancer.listeners[0]?.port,
    path,
    agent: agent ?? false,
    headers,
  });
  sent.on("error", reject);
  sent.on("response", async (response) => {
    const text = Buffer.concat(await response.toArray()).toString();
    resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
  });
  sent.end();
  return promise;
}

export const seen = ({ text }: Answer): Seen => JSON.parse(text);
