// What the proxy behind the emulated load balancer does to requests: headers, redirects, TLS, idle connections.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { expect, test } from "vitest";
import { authority, issue } from "../../emulator/engines/certificates.ts";
import type { LoadBalancer } from "../../emulator/load-balancer/description.ts";
import {
  add,
  ask,
  change,
  described,
  folderOf,
  healthAt,
  onToyLoadBalancer,
  seen,
  startTarget,
} from "./toy-load-balancer.ts";

onToyLoadBalancer();

const firstListener = () => described().listeners[0] as LoadBalancer["listeners"][number];

async function oneTarget(): Promise<void> {
  const port = await startTarget();
  add(port);
  await expect.poll(() => healthAt(port), { timeout: 20_000 }).toBe("healthy");
  await expect.poll(() => ask().then(({ status }) => status, String), { timeout: 20_000 }).toBe(200);
}

/** The values of a header that the target got, as many as there were lines. */
const values = (answer: Awaited<ReturnType<typeof ask>>, wanted: string): string[] =>
  seen(answer)
    .headers.filter(([name]) => name === wanted)
    .map(([, value]) => value);

test("the client's address, scheme and port are appended or set, whatever the client says", async () => {
  await oneTarget();
  const spoofed = { "x-forwarded-proto": "gopher", "x-forwarded-port": "1" };
  const plain = await ask("/", { headers: spoofed });
  expect(values(plain, "x-forwarded-for")).toEqual(["127.0.0.1"]);
  expect(values(plain, "x-forwarded-proto")).toEqual(["http"]);
  expect(values(plain, "x-forwarded-port")).toEqual([String(firstListener().port)]);
  const behind = await ask("/", { headers: { "x-forwarded-for": "203.0.113.7, 198.51.100.1" } });
  expect(values(behind, "x-forwarded-for")).toEqual(["203.0.113.7, 198.51.100.1, 127.0.0.1"]);
});

test.each([
  ["preserve", ["203.0.113.7"]],
  ["remove", []],
] as const)("X-Forwarded-For, %s", async (xffHeaderProcessingMode, expected) => {
  change({ xffHeaderProcessingMode });
  await oneTarget();
  const answer = await ask("/", { headers: { "x-forwarded-for": "203.0.113.7" } });
  expect(values(answer, "x-forwarded-for")).toEqual(expected);
});

test("headers with other characters than letters, digits and hyphens are dropped, if it is asked to", async () => {
  await oneTarget();
  const headers = { "x-good": "1", x_bad: "1", "x.worse": "1" };
  const names = async () => seen(await ask("/", { headers })).headers.map(([name]) => name);
  expect(await names()).toEqual(expect.arrayContaining(["x-good"]));
  expect(await names()).not.toEqual(expect.arrayContaining(["x_bad"]));
  expect(await names()).not.toEqual(expect.arrayContaining(["x.worse"]));
  change({ dropInvalidHeaderFields: false });
  await expect
    .poll(names, { timeout: 20_000 })
    .toEqual(expect.arrayContaining(["x-good", "x_bad", "x.worse"]));
});

test("what is for one hop goes no further", async () => {
  await oneTarget();
  const headers = {
    connection: "close, x-hop",
    "x-hop": "1",
    "keep-alive": "300",
    "proxy-connection": "close",
  };
  const answer = await ask("/", { headers });
  for (const name of ["keep-alive", "proxy-connection"]) expect(values(answer, name)).toEqual([]);
});

test("a listener redirects with the request's host, path and query, and asks no target", async () => {
  const redirect = {
    ...{ protocol: "HTTPS", host: "#{host}", port: "443", path: "/#{path}", query: "#{query}" },
    statusCode: "HTTP_301",
  };
  change({ listeners: [{ ...firstListener(), action: { redirect } }], groups: [] });
  const host = "orders.example.com";
  const asked = () => ask("/a/b?c=d%20e", { headers: { host } });
  await expect.poll(() => asked().then(({ status }) => status, String), { timeout: 20_000 }).toBe(301);
  expect((await asked()).headers.location).toBe("https://orders.example.com:443/a/b?c=d%20e");
});

async function withTls(): Promise<string> {
  const folder = join(folderOf(), "pki");
  mkdirSync(folder);
  const ca = await authority(folder, "ca");
  const names = ["orders.example.com"];
  const { certificate, key } = await issue(ca, folder, "orders", { commonName: "orders.example.com", names });
  writeFileSync(join(folderOf(), "orders.pem"), `${certificate}\n${key}`);
  change({ listeners: [{ ...firstListener(), tls: { certificate: "orders", names, oldest: "TLSv1.2" } }] });
  return readFileSync(join(folder, "ca.crt"), "utf8");
}

test("TLS 1.2 and newer, HTTP/2 to clients and HTTP/1.1 to targets", async () => {
  const ca = await withTls();
  const port = await startTarget();
  add(port);
  await expect.poll(() => healthAt(port), { timeout: 20_000 }).toBe("healthy");
  const options = { host: "127.0.0.1", port: firstListener().port, servername: "orders.example.com", ca };

  const handshake = (version: "TLSv1.1" | "TLSv1.2" | "TLSv1.3"): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const ciphers = "DEFAULT@SECLEVEL=0";
    const socket = connectTls({ ...options, ciphers, minVersion: version, maxVersion: version }, () => {
      resolve(socket.getProtocol() ?? "");
      socket.destroy();
    });
    socket.on("error", () => resolve("refused"));
    return promise;
  };
  await expect.poll(() => handshake("TLSv1.3"), { timeout: 20_000 }).toBe("TLSv1.3");
  expect(await handshake("TLSv1.2")).toBe("TLSv1.2");
  expect(await handshake("TLSv1.1")).toBe("refused");

  const session = connectHttp2(`https://orders.example.com:${options.port}`, {
    createConnection: () => connectTls({ ...options, ALPNProtocols: ["h2"] }),
  });
  const stream = session.request({ ":path": "/over-http2" });
  const answer = JSON.parse(await text(stream));
  session.close();
  expect(answer).toMatchObject({ url: "/over-http2", target: port });
  expect(Object.fromEntries(answer.headers)).toMatchObject({ "x-forwarded-proto": "https" });
});

test("a connection that idles is closed after the timeout, and no earlier", async () => {
  await oneTarget();
  const socket = connect(firstListener().port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  const started = Date.now();
  const all = await text(socket);
  expect(all).toContain("HTTP/1.1 200");
  const seconds = (Date.now() - started) / 1000;
  expect(seconds).toBeGreaterThan(9);
  expect(seconds).toBeLessThan(20);
});

test("other settings reload it under load without one failed request", async () => {
  await oneTarget();
  let working = true;
  let requests = 0;
  const failures: string[] = [];
  const client = async () => {
    while (working) {
      requests++;
      const answer = await ask("/slow/5").catch((error: Error) => error);
      if (answer instanceof Error) failures.push(answer.message);
      else if (answer.status !== 200) failures.push(String(answer.status));
    }
  };
  const clients = Array.from({ length: 4 }, client);
  for (const dropInvalidHeaderFields of [false, true, false]) {
    change({ dropInvalidHeaderFields });
    const passes = async () =>
      seen(await ask("/", { headers: { x_bad: "1" } })).headers.some(([name]) => name === "x_bad");
    await expect.poll(passes, { timeout: 20_000 }).toBe(!dropInvalidHeaderFields);
  }
  working = false;
  await Promise.all(clients);
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(100);
});
