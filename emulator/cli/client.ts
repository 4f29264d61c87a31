// Asks what a stack publishes, as `curl --resolve --cacert` would: names of the emulated Route 53 lead to the emulator's
// load balancers, and its ACM's authority is trusted for them alone.

import { readFileSync } from "node:fs";
import {
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  request as plainRequest,
} from "node:http";
import { Agent as HttpsAgent, request as secureRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { findLoadBalancer } from "../aws/route53.ts";
import { acmAuthorityFile, loadBalancerAddress } from "../engines/load-balancer.ts";

interface Question {
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string;
  timeoutMilliseconds?: number;
}

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Where a host of the emulated AWS is, if it is one. */
export function addressOf(host: string): string | undefined {
  const balancer = findLoadBalancer(host);
  return balancer && loadBalancerAddress(balancer.name);
}

const lookupOf =
  (address: string): LookupFunction =>
  (_host, { all }, found) =>
    all ? found(null, [{ address, family: 4 }]) : found(null, address, 4);

/** What a client needs to know of a URL. */
export function entrance(url: string): { url: string; address?: string; ca?: string } {
  const address = addressOf(new URL(url).hostname);
  return { url, ...(address && { address, ca: readFileSync(acmAuthorityFile(), "utf8") }) };
}

/** A load balancer ends what has been idle for 60 s, perhaps just when the next request is on its way. */
const kept = { keepAlive: true, timeout: 30_000 };
const plain = new HttpAgent(kept);
const secure = new Map<string, HttpsAgent>();

function secureAgent(ca = ""): HttpsAgent {
  const agent = secure.get(ca) ?? new HttpsAgent({ ...kept, ca });
  secure.set(ca, agent);
  return agent;
}

export function ask(
  url: string,
  { method = "GET", headers, body, timeoutMilliseconds = 5000 }: Question = {},
): Promise<Answer> {
  const { address, ca } = entrance(url);
  const signal = AbortSignal.timeout(timeoutMilliseconds);
  const options = { method, headers, signal, lookup: address ? lookupOf(address) : undefined };
  return new Promise((resolve, reject) => {
    const sent = url.startsWith("https:")
      ? secureRequest(url, { ...options, agent: secureAgent(ca) })
      : plainRequest(url, { ...options, agent: plain });
    sent.on("response", async (response) => {
      try {
        const text = Buffer.concat(await response.toArray()).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      } catch (error) {
        reject(error);
      }
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
