// What the edge from the cluster to its way out is for: without it, nodes are left behind.
import { expect, test } from "vitest";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { up } from "../../emulator/cli/start.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import { awsResources, edit, onFreshEmulator } from "./machine.ts";

const stack = "dev";

onFreshEmulator();

test("nodes whose way out goes first hang, until the time for the cluster's deletion is up", async () => {
  edit("components/cluster.ts", (text) =>
    text.replace(", ...args.network.egress]", "]").replace('delete: "60m"', 'delete: "20s"'),
  );
  const created = await up(stack, false);
  expect(created.code, created.output).toBe(0);
  const { code, output } = await pulumi(stack, ["destroy", "--yes", "--skip-preview"], false);
  expect(code).not.toBe(0);
  expect(output).toMatch(/timeout while waiting for state to become 'DELETED'.*can't leave subnet-/s);
  expect(awsResources()).not.toContain("ec2/route");
  expect(clusterNames()).toHaveLength(1);
});
