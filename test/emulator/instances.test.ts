// Three instances side by side, and what of their addresses can leave this machine.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { setUp } from "../../emulator/cli/set-up.ts";
import { publishStack } from "../../emulator/cli/start.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import {
  bridgeName,
  dataPath,
  instanceEnvironment,
  podNetwork,
  ranges,
  serviceNetwork,
} from "../../emulator/engines/instance.ts";
import { adminKubeconfig, clusterAddress } from "../../emulator/engines/kubernetes.ts";
import { runningNames } from "../../emulator/engines/processes.ts";
import { instance, removeProgram } from "./machine.ts";
import { underTraffic } from "./traffic.ts";

/** This worker's, and two that no worker has. */
const instances = [instance, "test5", "test6"];

process.env.FASTAPI_EKS_EMULATOR_PROGRAM = join(import.meta.dirname, "small");

/** The emulator's command as a person runs it; returns what it said. */
async function command(name: string, ...args: string[]): Promise<string> {
  const child = spawn(process.execPath, ["emulator/cli/main.ts", ...args], {
    env: { ...process.env, FASTAPI_EKS_EMULATOR_INSTANCE: name },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk) => {
      output += chunk;
    });
  const code = await new Promise((resolve) => child.on("close", resolve));
  expect(code, output).toBe(0);
  return output;
}

/** Runs `work` with another instance's environment, in which nothing else happens meanwhile. */
async function within<T>(name: string, work: () => Promise<T>): Promise<T> {
  Object.assign(process.env, instanceEnvironment(name));
  try {
    return await work();
  } finally {
    Object.assign(process.env, instanceEnvironment(instance));
  }
}

const all = (...args: string[]) => Promise.all(instances.map((name) => command(name, ...args)));
const ip = (...args: string[]): string => execFileSync("ip", args, { encoding: "utf8" });
const ask = async (url: string, path = "who") =>
  (await fetch(`${url}/${path}`, { signal: AbortSignal.timeout(5000) })).text();
const cluster = (): string => clusterNames()[0] ?? "";

const kubectl = (...args: string[]): string =>
  execFileSync(dataPath("bin", "kubectl"), ["--kubeconfig", adminKubeconfig(cluster()), ...args], {
    encoding: "utf8",
  });

const link = (): string => `${bridgeName()}-${clusterAddress(cluster()).split(".")[3]}`;
const services = (): string => serviceNetwork(clusterAddress(cluster()));

let url: string;

beforeAll(async () => {
  await all("reset");
  await all("pulumi", "up", "--yes", "--skip-preview", "--stack", "dev");
});
afterAll(async () => {
  await all("reset");
  removeProgram();
});

test("three are up at once, and each answers with its own data", async () => {
  const urls: Record<string, string> = {};
  for (const name of instances) urls[name] = await within(name, () => publishStack("dev"));
  for (const name of instances) expect(await ask(urls[name] as string)).toBe(name);
  url = urls[instance] as string;
});

test("one serves on while others are stopped, started and reset beside it", async () => {
  const { failures, requests } = await underTraffic(`${url}/who`, async () => {
    await command("test5", "stop");
    await command("test6", "reset");
    // Any command of Pulumi's starts what was stopped.
    await command("test5", "pulumi", "stack", "output", "--stack", "dev");
  });
  expect(failures).toEqual([]);
  expect(requests).toBeGreaterThan(100);
  expect(await within("test5", async () => ask(await publishStack("dev")))).toBe("test5");
  expect(await ask(url)).toBe(instance);
});

/** `ip`'s answer for a packet to `address`: its route, or why there is none. */
function routeOf(address: string, ...from: string[]): string {
  const { stdout, stderr } = spawnSync("ip", ["route", "get", address, ...from], { encoding: "utf8" });
  return stdout + stderr;
}

/** How it answers for what stays on this machine. */
const kept = () => new RegExp(`No route to host|dev ${bridgeName()} `);

test.each<[string, () => unknown]>([
  ["the route to Services", () => ip("route", "delete", services())],
  ["a wrong route to Services", () => ip("route", "replace", "blackhole", services())],
  ["the cluster's link", () => ip("link", "delete", link())],
  ["a link that is down", () => ip("link", "set", link(), "nomaster", "down")],
  ["the bridge", () => ip("link", "delete", bridgeName())],
])("a start mends %s", async (_what, damage) => {
  damage();
  await setUp(true);
  url = await publishStack("dev");
  expect(await ask(url)).toBe(instance);
});

test("a start mends what keeps addresses on this machine", async () => {
  for (const range of ranges()) ip("route", "delete", "unreachable", range, "metric", "4096");
  ip("route", "delete", podNetwork(), "dev", bridgeName());
  ip("rule", "delete", "iif", bridgeName());
  await setUp(true);
  expect(routeOf(podNetwork().replace("0/16", "77"))).toMatch(kept());
  // As on a machine that forwards, one with Docker for instance.
  writeFileSync(`/proc/sys/net/ipv4/conf/${bridgeName()}/forwarding`, "1");
  const outside = routeOf("192.0.2.1", "from", clusterAddress(cluster()), "iif", bridgeName());
  expect(outside).toContain("Network is unreachable");
});

/** What was sent to the instance's addresses past its bridge, in packets, while `work` ran. */
async function packetsPastTheBridge(work: () => Promise<unknown>): Promise<number> {
  const comment = "fastapi-eks-test";
  const rules = ranges().map((range) => [
    ...["OUTPUT", "!", "-o", bridgeName(), "-d", range, "-m", "comment", "--comment", comment],
    // What this machine tells itself, such as that nobody is there, isn't meant.
    ...["-m", "addrtype", "!", "--dst-type", "LOCAL"],
  ]);
  for (const rule of rules) execFileSync("iptables", ["--insert", ...rule]);
  try {
    await work();
    const list = execFileSync("iptables", ["-vxnL", "OUTPUT"], { encoding: "utf8" });
    const counts = list.split("\n").filter((line) => line.includes(comment));
    expect(counts).toHaveLength(rules.length);
    return counts.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[0]), 0);
  } finally {
    for (const rule of rules) execFileSync("iptables", ["--delete", ...rule]);
  }
}

/** Tries to open a connection, for at most a second. */
const knock = (host: string) =>
  new Promise<void>((resolve) => {
    const socket = connect({ host, port: 80, timeout: 1000 });
    const end = () => {
      socket.destroy();
      resolve();
    };
    socket.on("connect", end).on("error", end).on("timeout", end);
  });

test("with the cluster killed, nothing for its addresses leaves this machine", async () => {
  const field = (kind: string, path: string) =>
    kubectl("get", kind, "-l", "app=small", "-o", `jsonpath={.items[0]${path}}`);
  const held = [
    field("services", ".spec.clusterIP"),
    field("pods", ".status.podIP"),
    clusterAddress(cluster()),
  ];
  const never = ranges().map((range) => range.replace(/0\/\d+$/, "77"));
  for (const name of runningNames().filter((name) => /^(cluster|node)-/.test(name))) {
    process.kill(JSON.parse(readFileSync(dataPath("run", `${name}.json`), "utf8")).pid, "SIGKILL");
  }

  const stray = podNetwork().replace("0.0/16", "255.1");
  ip("route", "add", stray, "dev", "lo");
  expect(await packetsPastTheBridge(() => knock(stray)), "the counter counts").toBeGreaterThan(0);
  ip("route", "delete", stray);

  const sent = await packetsPastTheBridge(async () => {
    await Promise.all([...held, ...never].map(knock));
    await expect(ask(url)).rejects.toThrow();
  });
  expect(sent).toBe(0);
  for (const address of [...held, ...never]) {
    expect(routeOf(address), address).toMatch(kept());
  }
});

test("a stop leaves no route, rule or link behind", async () => {
  await command(instance, "stop");
  const firewall = execFileSync("iptables", ["--list-rules"], { encoding: "utf8" });
  const left = [ip("route"), ip("rule"), ip("-brief", "link"), firewall].join("");
  for (const mark of [...ranges().map((range) => range.replace(/(\.0)+\/.*/, ".")), bridgeName()])
    expect(left).not.toContain(mark);
});
