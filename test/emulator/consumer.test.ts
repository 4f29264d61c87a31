// A second stack finds the first by its outputs alone, and runs something in its cluster.
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type PulumiResult, pulumi } from "../../emulator/cli/pulumi.ts";
import { up } from "../../emulator/cli/start.ts";
import { edit, get, kubectl, onFreshEmulator, program } from "./machine.ts";

const consumer = join(dirname(dirname(import.meta.dirname)), "examples", "consumer");

// The consumer's stack file names none: it makes nothing in AWS.
process.env.AWS_REGION ??= "eu-central-1";

/** Runs the consumer's program beside the first, whose own stays as it is. */
async function consume(...args: string[]) {
  process.env.FASTAPI_EKS_EMULATOR_PROGRAM = consumer;
  try {
    return await pulumi("dev", args, false);
  } finally {
    process.env.FASTAPI_EKS_EMULATOR_PROGRAM = program;
  }
}

function succeeded({ code, output }: PulumiResult): string {
  expect(code, output).toBe(0);
  return output;
}

onFreshEmulator();
beforeAll(async () => {
  edit("Pulumi.dev.yaml", (text) => `${text}  fastapi-eks:appCallers: [canary]\n`);
  succeeded(await up("dev", false));
});

test("the consumer's pod reaches the service through the outputs", async () => {
  succeeded(await consume("up", "--yes", "--skip-preview"));
  expect(succeeded(await consume("stack", "output", "cronJob"))).toContain("canary/canary");
  // Now, not at the next full minute.
  kubectl("create", "job", "-n", "canary", "--from=cronjob/canary", "now");
  kubectl("wait", "-n", "canary", "--for=condition=complete", "--timeout=60s", "job/now");
  expect(kubectl("logs", "-n", "canary", "job/now")).toContain(
    "200 http://orders.orders.svc.cluster.local/orders",
  );
});

test("a change that leaves the outputs alone changes nothing for the consumer", async () => {
  edit("Pulumi.dev.yaml", (text) => text.replace("appMaxReplicas: 4", "appMaxReplicas: 3"));
  succeeded(await up("dev", false));
  succeeded(await consume("up", "--yes", "--skip-preview", "--expect-no-changes"));
});

test("a stack with another version of the contract is refused before anything is made of its outputs", async () => {
  edit("outputs.ts", (text) => text.replace("contractVersion = 1", "contractVersion = 2"));
  succeeded(await up("dev", false));
  const { code, output } = await consume("preview");
  expect(code).not.toBe(0);
  expect(output).toContain("organization/fastapi-eks/dev: got outputs of contract version 2; allowed: 1");
});

test("the consumer goes without a trace, and the service stays", async () => {
  succeeded(await consume("destroy", "--yes", "--skip-preview"));
  expect(kubectl("get", "namespaces", "--output", "name")).not.toContain("canary");
  expect(get("deployment", "-n", "orders").items[0].status.availableReplicas).toBeGreaterThan(0);
});
