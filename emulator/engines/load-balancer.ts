// ELB's engine: a box for each load balancer, as an Application Load Balancer has machines of its own. In it are HAProxy
// and who tells it of listeners and targets (load-balancer/main.ts).
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { startBox, stopBox } from "./box.ts";
import { authority } from "./certificates.ts";
import { publishNames } from "./dns.ts";
import { dataPath, podNetwork, releaseAddress, takeAddress } from "./instance.ts";

export const loadBalancerFolder = (name: string): string => dataPath("load-balancers", name);
const processName = (name: string): string => `load-balancer-${name}`;
const owner = (name: string): string => `load-balancer/${name}`;

export const acmFolder = (): string => dataPath("acm");

/** The authority behind ACM's certificates, in PEM. */
export async function acmAuthority(): Promise<string> {
  await authority(acmFolder(), "ca");
  return readFileSync(acmAuthorityFile(), "utf8");
}

export const acmAuthorityFile = (): string => dataPath("acm", "ca.crt");

/** Where its listeners are. */
export const loadBalancerAddress = (name: string): string => takeAddress(owner(name));

interface Description {
  name: string;
  /** One address in each of its subnets: who talks to targets. */
  sources: string[];
}

/** Also of one that exists already, as after `npm stop`. */
export async function startLoadBalancer({ name, sources }: Description): Promise<void> {
  await acmAuthority();
  mkdirSync(loadBalancerFolder(name), { recursive: true, mode: 0o700 });
  await startBox(processName(name), loadBalancerAddress(name), "load-balancer.sh", [
    ...[loadBalancerFolder(name), loadBalancerAddress(name), podNetwork(), process.execPath],
    ...[name, ...sources],
  ]);
}

export const stopLoadBalancer = (name: string): Promise<void> => stopBox(processName(name));

export async function removeLoadBalancer(name: string): Promise<void> {
  await stopLoadBalancer(name);
  rmSync(loadBalancerFolder(name), { recursive: true, force: true });
  releaseAddress(owner(name));
}

type Named = { name: string; host: string }[];

const addressesOf = (names: Named): Record<string, string> =>
  Object.fromEntries(names.map(({ name, host }) => [host, loadBalancerAddress(name)]));

/** Makes what ELB calls load balancers known to clusters' DNS servers. */
export const publishLoadBalancers = (names: Named): void => publishNames("elb", addressesOf(names));

/** And what else they are called. */
export const publishAliases = (names: Named): void => publishNames("route53", addressesOf(names));
