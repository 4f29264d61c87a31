// The main job: the stack comes up on the emulated AWS, and its service answers a request.
import { setTimeout as sleep } from "node:timers/promises";
import type { Http } from "../../description/description.ts";
import { lineOf } from "../../description/line.ts";
import { service } from "../../service.ts";
import { acmAuthorityFile } from "../engines/load-balancer.ts";
import { parts } from "../toolchain/parts.ts";
import { addressOf, ask } from "./client.ts";
import { listening } from "./events.ts";
import { publish } from "./publish.ts";
import { type PulumiResult, pulumi } from "./pulumi.ts";
import { type Change, changeLog, renderTimeline, timeline } from "./timeline.ts";

const readySeconds = 120;

/** Brings a stack up; says what changed, for the timeline. */
export async function up(stack: string, show: boolean): Promise<PulumiResult & { changes: Change[] }> {
  const { changes, take } = changeLog();
  const command = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--event-log"];
  const result = await listening(take, (eventLog) => pulumi(stack, [...command, eventLog], show));
  return { ...result, changes };
}

interface Outputs extends Record<"clusterName" | "namespace" | "service", string> {
  /** Of its load balancer, if it has one. */
  url?: string;
}

async function stackOutputs(stack: string): Promise<Outputs> {
  const { code, output } = await pulumi(stack, ["stack", "output", "--json"], false);
  if (code !== 0) throw new Error(`pulumi stack output failed:\n${output}`);
  return JSON.parse(output);
}

const { http } = service;
const request = service.request ?? {
  method: "GET",
  path: http?.readiness ?? "/",
  body: undefined,
  status: 200,
};

/** After a stop the pods come back by themselves, but not at once. */
async function waitUntilReady(url: string, { readiness: path }: Http, namespace: string): Promise<void> {
  const deadline = Date.now() + readySeconds * 1000;
  for (;;) {
    const answer = await ask(`${url}${path}`).catch((error: Error) => error);
    if (!(answer instanceof Error) && answer.status < 300) return;
    if (Date.now() > deadline) {
      const last = answer instanceof Error ? answer.message : `status ${answer.status}`;
      throw new Error(
        `${url}${path} isn't ready after ${readySeconds} s (${last}). \`npm run kubectl -- describe pods -n ${namespace}\` says why.`,
      );
    }
    await sleep(500);
  }
}

/** Returns the URL of the stack's service once it is ready: its load balancer's, or one on loopback. */
export async function publishStack(stack: string): Promise<string> {
  if (!http) throw new Error("a worker answers no requests: service.ts has no `http`");
  const { clusterName, namespace, service, ...outputs } = await stackOutputs(stack);
  const url = outputs.url ?? (await publish(clusterName, namespace, service));
  await waitUntilReady(url, http, namespace);
  return url;
}

/** Makes the request that proves that the service works, or asks whether it is ready; returns the answer's text. */
export async function serveOneRequest(url: string): Promise<string> {
  const { method, path, body, status } = request;
  const answer = await ask(`${url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    timeoutMilliseconds: 10_000,
  });
  if (answer.status === status) return answer.text;
  throw new Error(
    `${method} ${url}${path} answered ${answer.status}: ${answer.text}\n` +
      `${lineOf("request")} expects ${status}: correct the request there, or the service.`,
  );
}

/** What leads curl to a name that the machine's own DNS doesn't know. */
function curlOptions(url: string): string {
  const { hostname, protocol } = new URL(url);
  const address = addressOf(hostname);
  if (!address) return "";
  const secure = protocol === "https:";
  const trust = secure ? `--cacert ${acmAuthorityFile()} ` : "";
  return `${trust}--resolve ${hostname}:${secure ? 443 : 80}:${address} `;
}

export async function start(stack: string): Promise<number> {
  console.log(`\npulumi up --stack ${stack} (a minute or two; with nothing to change, seconds)`);
  if (!parts.find(({ name }) => name === "pulumi")?.find?.())
    console.log(
      "It warns of its Kubernetes plugin's version: that is the newest that compiles here, and it works.",
    );
  console.log();
  const { code, changes } = await up(stack, true);
  if (code !== 0) {
    console.error(
      "\nThe update failed; its output above says why. What came up stays up: fix the cause and run `npm start` again." +
        "\nShould a run that was killed have left something in the way, `npm run reset` starts anew.",
    );
    return code;
  }
  const spans = timeline(changes);
  console.log(
    spans.length > 0
      ? `\nWhat came up, in this order:\n${renderTimeline(spans)}`
      : "\nNothing had to change.",
  );
  const next = [
    "npm run kubectl -- get pods --all-namespaces",
    `npm run pulumi -- preview          after an edit in ${service.source}/ or of Pulumi.${stack}.yaml; then \`up\``,
    "npm run pulumi -- destroy",
    "npm stop                           everything stops and keeps its state; `npm run reset` forgets it",
  ];
  if (http) {
    const url = await publishStack(stack);
    console.log(`\nThe service answers at ${url}. ${request.method} ${request.path} proves that it works:`);
    console.log(`  ${await serveOneRequest(url)}`);
    next.unshift(`curl ${curlOptions(url)}${url}${http.readiness}`);
  }
  console.log(`\nNext:\n${next.map((line) => `  ${line}`).join("\n")}`);
  return 0;
}
