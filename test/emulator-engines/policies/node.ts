// A node of network namespaces alone, without Kubernetes: real packets pass the real rules.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { restoration } from "../../../emulator/network-policy/iptables.ts";
import type { PodRules } from "../../../emulator/network-policy/rules.ts";

export type Call = [protocol: "tcp" | "udp", address: string, port: number];

const ip = (...args: string[]) => execFileSync("ip", args, { encoding: "utf8" });
const name = (place: string) => `policies-${process.pid}-${place.replace("/", "-")}`;
const inside = (place: string, command: string, args: string[], input?: string) =>
  execFileSync("ip", ["netns", "exec", name(place), command, ...args], {
    encoding: "utf8",
    input,
    stdio: ["pipe", "pipe", "inherit"],
  });

class Agent {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;

  constructor(place: string, ports: string[]) {
    const agent = join(import.meta.dirname, "agent.py");
    this.#process = spawn("ip", ["netns", "exec", name(place), "python3", agent, ...ports]);
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface(this.#process.stdout);
  }

  async answer(): Promise<string> {
    const [line] = await once(this.#lines, "line", { signal: AbortSignal.timeout(30_000) });
    return line;
  }

  async call(calls: Call[]): Promise<boolean[]> {
    const answer = this.answer();
    this.#process.stdin.write(`${JSON.stringify(calls)}\n`);
    return JSON.parse(await answer);
  }

  stop(): void {
    this.#process.kill("SIGKILL");
  }
}

/** Namespaces around one that is their node; each has one address, and listens at `ports`. */
export class TestNode {
  readonly #addresses: Record<string, string>;
  readonly #own: string;
  readonly #agents = new Map<string, Agent>();

  /** @param own the node's address */
  constructor(own: string, addresses: Record<string, string>) {
    this.#own = own;
    this.#addresses = addresses;
  }

  /** @param others further addresses of the node */
  async start(others: string[], ports: string[]): Promise<void> {
    for (const place of ["node", ...Object.keys(this.#addresses)]) {
      ip("netns", "add", name(place));
      inside(place, "ip", ["link", "set", "lo", "up"]);
    }
    for (const address of [this.#own, ...others])
      inside("node", "ip", ["address", "add", `${address}/32`, "dev", "lo"]);
    inside("node", "sh", ["-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
    for (const [index, [place, address]] of Object.entries(this.#addresses).entries()) {
      const link = `veth${index}`;
      ip(
        "-n",
        name("node"),
        "link",
        "add",
        link,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        name(place),
      );
      inside("node", "ip", ["link", "set", link, "up"]);
      inside("node", "ip", ["route", "add", address, "dev", link]);
      inside(place, "ip", ["address", "add", `${address}/32`, "dev", "eth0"]);
      inside(place, "ip", ["link", "set", "eth0", "up"]);
      inside(place, "ip", ["route", "add", this.#own, "dev", "eth0"]);
      inside(place, "ip", ["route", "add", "default", "via", this.#own]);
    }
    for (const place of ["node", ...Object.keys(this.#addresses)]) {
      const agent = new Agent(place, ports);
      this.#agents.set(place, agent);
      await agent.answer();
    }
  }

  /** As kube-proxy would: who calls `service` gets to `pod`. */
  translate([service, servicePort]: [string, number], [pod, podPort]: [string, number]): void {
    const match = ["-d", service, "-p", "tcp", "--dport", String(servicePort)];
    const target = ["-j", "DNAT", "--to-destination", `${pod}:${podPort}`];
    inside("node", "iptables", ["-t", "nat", "-A", "PREROUTING", ...match, ...target]);
    const toItself = ["-s", pod, "-d", pod, "-j", "SNAT", "--to-source", this.#own];
    inside("node", "iptables", ["-t", "nat", "-A", "POSTROUTING", ...toItself]);
  }

  apply(pods: PodRules[]): void {
    const saved = inside("node", "iptables-save", ["-t", "mangle"]);
    inside("node", "iptables-restore", ["--noflush", "--wait"], restoration(saved, pods, []));
  }

  chains(): string[] {
    const saved = inside("node", "iptables-save", ["-t", "mangle"]);
    return [...saved.matchAll(/^:(POLICY-\S+)/gm)].map(([, chain = ""]) => chain).sort();
  }

  call(from: string, calls: Call[]): Promise<boolean[]> {
    const agent = this.#agents.get(from);
    if (!agent) throw new Error(`nobody is called ${from}`);
    return agent.call(calls);
  }

  stop(): void {
    for (const agent of this.#agents.values()) agent.stop();
    for (const place of ["node", ...Object.keys(this.#addresses)]) ip("netns", "delete", name(place));
  }
}
