// A process that forwards a port of this machine's loopback to a Service of a cluster, as there is no load balancer.
// Arguments: the file that tells the port it took, the cluster's DNS server, the Service's name in that cluster's DNS.
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { BlockList, connect, createServer, type Socket } from "node:net";
import { serviceNetwork } from "./instance.ts";

const [portFile, dnsServer, service] = process.argv.slice(2) as [string, string, string];
const firstPort = 8080;
const lastPort = 8099;

const resolver = new Resolver({ timeout: 1000, tries: 2 });
resolver.setServers([dnsServer]);
/** Whatever a Service's name stands for, nothing beyond the cluster is reached. */
const services = new BlockList();
const [network, bits] = serviceNetwork(dnsServer).split("/") as [string, string];
services.addSubnet(network, Number(bits));

/** A Service knows for up to a minute of pods whose node has died: a load balancer would try the next one. */
const attempts = 5;
const attemptMilliseconds = 1000;

async function reach(address: string): Promise<Socket> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const upstream = connect({ host: address, port: 80, allowHalfOpen: true });
    try {
      await once(upstream, "connect", { signal: AbortSignal.timeout(attemptMilliseconds) });
      return upstream;
    } catch {
      upstream.destroy();
    }
  }
  throw new Error(`${service} took no connection`);
}

const server = createServer({ allowHalfOpen: true }, async (client) => {
  client.on("error", () => undefined);
  try {
    // Looked up for every connection: a Service that was made anew has another address.
    const [address] = await resolver.resolve4(service);
    if (!address || !services.check(address)) throw new Error(`${service} has no address in the cluster`);
    const upstream = await reach(address);
    upstream.on("error", () => client.destroy());
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    if (client.destroyed) upstream.destroy();
    client.pipe(upstream).pipe(client);
  } catch {
    client.destroy();
  }
});

/** Takes the first free one; whoever looked first and took it then might find it taken. */
async function listen(): Promise<number> {
  for (let port = firstPort; port <= lastPort; port++) {
    try {
      await once(server.listen(port, "127.0.0.1"), "listening");
      return port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
  throw new Error(`the ports ${firstPort} to ${lastPort} of 127.0.0.1 are all in use; free one of them`);
}

writeFileSync(portFile, String(await listen()));
