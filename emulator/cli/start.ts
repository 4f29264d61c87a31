// The main job: the stack comes up on the emulated AWS, and its service answers a request.
import { setTimeout as sleep } from "node:timers/promises";
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

async function stackOutputs(stack: string): Promise<Record<"clusterName" | "namespace" | "service", string>> {
  const { code, output } = await pulumi(stack, ["stack", "output", "--json"], false);
  if (code !== 0) throw new Error(`pulumi stack output failed:\n${output}`);
  return JSON.parse(output);
}

/** After a stop the pods come back by themselves, but not at once. */
async function waitUntilReady(url: string, namespace: string): Promise<void> {
  const deadline = Date.now() + readySeconds * 1000;
  for (;;) {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) }).catch(
      (error) => error,
    );
    if (answer.ok) return;
    if (Date.now() > deadline) {
      const last = answer instanceof Error ? answer.message : `status ${answer.status}`;
      throw new Error(
        `${url}/readyz isn't ready after ${readySeconds} s (${last}). \`npm run kubectl -- describe pods -n ${namespace}\` says why.`,
      );
    }
    await sleep(500);
  }
}

/** Publishes the stack's service on loopback and returns its URL once it is ready. */
export async function publishStack(stack: string): Promise<string> {
  const { clusterName, namespace, service } = await stackOutputs(stack);
  const url = await publish(clusterName, namespace, service);
  await waitUntilReady(url, namespace);
  return url;
}

async function call(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  const body = await response.text();
  if (!response.ok) throw new Error(`${init?.method ?? "GET"} ${url} answered ${response.status}: ${body}`);
  return JSON.parse(body);
}

/** Creates an order and reads it back; returns it as the service told it. */
export async function serveOneRequest(url: string): Promise<unknown> {
  const order = {
    customer: "Ada Lovelace",
    lines: [{ sku: "ENGINE-1", quantity: 1, unit_price_cents: 1999 }],
  };
  const created = (await call(`${url}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(order),
  })) as { id: number };
  return call(`${url}/orders/${created.id}`);
}

export async function start(stack: string): Promise<number> {
  console.log(`\npulumi up --stack ${stack} (a minute or two; with nothing to change, seconds)\n`);
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
  const url = await publishStack(stack);
  const order = await serveOneRequest(url);
  console.log(`
The service answers at ${url}. An order, created and read back through it:
  ${JSON.stringify(order)}

Next:
  curl ${url}/orders
  npm run kubectl -- get pods --all-namespaces
  npm run pulumi -- preview          after an edit in app/ or of Pulumi.${stack}.yaml; then \`up\`
  npm run pulumi -- destroy
  npm stop                           everything stops and keeps its state; \`npm run reset\` forgets it`);
  return 0;
}
