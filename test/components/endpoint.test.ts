import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  ask,
  type Endpoint,
  type Failure,
  PRIVATE_AND_NEW,
  unreachable,
  untilAnswering,
} from "../../components/endpoint.ts";
import { authority, issue } from "../../emulator/engines/certificates.ts";

const base64 = (pem: string) => Buffer.from(pem).toString("base64");

let own: { ca: string; key: string; cert: string };
let other: string;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "endpoint-"));
  const ca = await authority(folder, "ca");
  const { key, certificate } = await issue(ca, folder, "api", { commonName: "api", names: ["127.0.0.1"] });
  own = { ca: base64(ca.certificate), key, cert: certificate };
  other = base64((await authority(folder, "other")).certificate);
  rmSync(folder, { recursive: true });
});

const servers: { close(): void; closeAllConnections?(): void }[] = [];

afterEach(() => {
  vi.unstubAllEnvs();
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});

const urlOf = (server: net.Server) => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function listen<S extends net.Server>(server: S, port = 0): Promise<S> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

/** An API server that answers with `status`. */
const api = (status: number, port?: number) =>
  listen(
    https.createServer(own, (_, response) => response.writeHead(status).end()),
    port,
  );

/** A port of this machine at which nobody listens. */
async function freePort(): Promise<number> {
  const server = await listen(net.createServer());
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("asked once over real TLS, an API", () => {
  test.each([200, 401, 403, 500])("that says %i is there", async (status) => {
    const url = urlOf(await api(status));
    expect(await ask({ url, certificateAuthority: own.ca })).toBeUndefined();
  });

  test("under another authority is somebody else's", async () => {
    const url = urlOf(await api(200));
    expect(await ask({ url, certificateAuthority: other })).toMatchObject({ kind: "foreign" });
  });

  test("at which nobody listens yet is late", async () => {
    const url = `https://127.0.0.1:${await freePort()}`;
    expect(await ask({ url, certificateAuthority: own.ca })).toEqual({ kind: "late", code: "ECONNREFUSED" });
  });

  test("whose name doesn't resolve yet is late", async () => {
    const failure = await ask({ url: "https://eks.invalid", certificateAuthority: own.ca });
    expect(failure).toMatchObject({ kind: "late", code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) });
  });

  test("that takes the connection and says nothing is silent, after the seconds that it got", async () => {
    const url = urlOf(await listen(net.createServer()));
    const start = performance.now();
    expect(await ask({ url, certificateAuthority: own.ca }, 0.3)).toMatchObject({ kind: "silent" });
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test("is asked through the proxy that the environment names", async () => {
    const url = urlOf(await api(200));
    const tunnels: string[] = [];
    const proxy = http.createServer().on("connect", ({ url: target = "" }, socket: net.Socket) => {
      tunnels.push(target);
      const [host, port] = target.split(":");
      const beyond = net.connect(Number(port), host, () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        beyond.pipe(socket).pipe(beyond);
      });
    });
    const { port } = (await listen(proxy)).address() as AddressInfo;
    for (const name of ["HTTPS_PROXY", "https_proxy"]) vi.stubEnv(name, `http://127.0.0.1:${port}`);
    for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, "");
    expect(await ask({ url, certificateAuthority: own.ca })).toBeUndefined();
    expect(tunnels).toEqual([new URL(url).host]);
  });
});

test("the package, its lock and the documentation ask for a Node whose agents take a proxy", () => {
  const engines = "^22.21 || >=24.5";
  const read = (file: string) => JSON.parse(readFileSync(file, "utf8"));
  expect(read("package.json").engines.node).toBe(engines);
  expect(read("package-lock.json").packages[""].engines.node).toBe(engines);
  expect(readFileSync("docs/aws.md", "utf8")).toMatch(/Node\.js 24\.5 or\s+later, or 22 from 22\.21 on/);
});

/** A clock that only moves by what is waited, and the answers that each question gets. */
function world(answer: (seconds: number) => Failure | undefined) {
  let milliseconds = 0;
  const sleep = async (more: number) => {
    milliseconds += more;
  };
  const asked = vi.fn(async (_: Endpoint, seconds: number) => {
    const found = answer(milliseconds / 1000);
    await sleep(found?.kind === "silent" ? seconds * 1000 : 10);
    return found;
  });
  return { tools: { ask: asked, now: () => milliseconds, sleep }, seconds: () => milliseconds / 1000 };
}

describe("a new cluster is waited for", () => {
  const endpoint = { url: "https://eks.example", certificateAuthority: "" };
  const late: Failure = { kind: "late", code: "ENOTFOUND" };
  const silent: Failure = { kind: "silent", code: "ETIMEDOUT" };
  const foreign: Failure = { kind: "foreign", code: "SELF_SIGNED_CERT_IN_CHAIN" };

  test("not at all when it answers: one request", async () => {
    const { tools, seconds } = world(() => undefined);
    expect(await untilAnswering(endpoint, tools)).toBeUndefined();
    expect(tools.ask).toHaveBeenCalledOnce();
    expect(seconds()).toBeLessThan(1);
  });

  test("until it answers, four minutes after EKS called it ACTIVE", async () => {
    const { tools, seconds } = world((now) => (now < 240 ? late : undefined));
    expect(await untilAnswering(endpoint, tools)).toBeUndefined();
    expect(seconds()).toBeLessThan(244);
  });

  test("through its name, its load balancer and its servers, each of which takes its time", async () => {
    const { tools } = world((now) => (now < 200 ? late : now < 250 ? silent : now < 300 ? late : undefined));
    expect(await untilAnswering(endpoint, tools)).toBeUndefined();
  });

  test.each([
    [late, 300],
    [silent, 60],
    [foreign, 60],
  ])("and given up: %j after %i s, and little more", async (failure, patience) => {
    const { tools, seconds } = world(() => failure);
    expect(await untilAnswering(endpoint, tools)).toEqual(failure);
    expect(seconds()).toBeGreaterThanOrEqual(patience);
    expect(seconds()).toBeLessThan(patience + 8);
  });

  test("with its own clock and a real server that starts late", async () => {
    const port = await freePort();
    setTimeout(() => api(403, port), 500);
    const url = `https://127.0.0.1:${port}`;
    expect(await untilAnswering({ url, certificateAuthority: own.ca })).toBeUndefined();
  });
});

describe("whoever isn't let in is told", () => {
  const api = { url: "https://0A1B.gr7.eu-central-1.eks.amazonaws.com", certificateAuthority: "" };
  const silent: Failure = { kind: "silent", code: "no answer" };

  test("of a private API, which setting opens it", () => {
    expect(unreachable(api, [], silent)).toBe(
      "clusterPublicAccessCidrs: got none, and the Kubernetes API at 0a1b.gr7.eu-central-1.eks.amazonaws.com doesn't " +
        "answer from here (no answer); allowed: none where Pulumi runs inside of the VPC or a network peered with it, " +
        "otherwise this machine's network; fix: pulumi config set --path 'clusterPublicAccessCidrs[0]' " +
        '"$(curl -s https://checkip.amazonaws.com)/32", then pulumi up again',
    );
  });

  test("of a public one, which of its networks this machine isn't in", () => {
    const message = unreachable(api, ["203.0.113.0/24"], silent);
    expect(message).toContain("got 203.0.113.0/24");
    // Beside the one that is there, not in its place.
    expect(message).toContain("'clusterPublicAccessCidrs[1]'");
  });

  test("of another authority's certificate, that somebody opens TLS", () => {
    const message = unreachable(api, [], { kind: "foreign", code: "SELF_SIGNED_CERT_IN_CHAIN" });
    expect(message).toMatch(/^cluster: .*another certificate authority.*NO_PROXY/);
  });

  test("before there is one, that the first update can't end well from outside of the VPC", () => {
    expect(PRIVATE_AND_NEW).toMatch(
      /^clusterPublicAccessCidrs: got none.*; allowed: .*; fix: pulumi config set/,
    );
  });
});
