// The process in a load balancer's box. Argument: the load balancer's name; its other addresses are on eth0.
import { existsSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { authority, issue } from "../engines/certificates.ts";
import { acmFolder, loadBalancerAddress, loadBalancerFolder } from "../engines/load-balancer.ts";
import type { Listener, LoadBalancer } from "./description.ts";
import { Firewall } from "./firewall.ts";
import { ReverseProxy } from "./reverse-proxy.ts";
import { describe } from "./store.ts";

const [name] = process.argv.slice(2) as [string];
const folder = loadBalancerFolder(name);

const sources = (networkInterfaces().eth0 ?? [])
  .map(({ address }) => address)
  .filter((address) => /^[\d.]+$/.test(address) && address !== loadBalancerAddress(name));
const firewall = new Firewall(name, sources);

/** ACM's certificates have no file of their own until a listener has one. */
async function provideCertificate({ certificate, names }: NonNullable<Listener["tls"]>): Promise<void> {
  const file = join(folder, `${certificate}.pem`);
  if (existsSync(file)) return;
  const ca = await authority(acmFolder(), "ca");
  const subject = { commonName: names[0] ?? "", names };
  const signed = await issue(ca, join(folder, "issued"), certificate, subject);
  writeFileSync(file, `${signed.certificate}\n${signed.key}`, { mode: 0o600 });
}

async function current(): Promise<LoadBalancer> {
  const described = describe(name, sources);
  for (const { tls } of described.listeners) if (tls) await provideCertificate(tls);
  await firewall.apply(described);
  return described;
}

await new ReverseProxy(folder, current).run();
