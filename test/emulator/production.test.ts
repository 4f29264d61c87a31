// The production stack: up without a flag that dev doesn't need, and protected.
import { expect, test } from "vitest";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { publishStack, serveOneRequest, up } from "../../emulator/cli/start.ts";
import { clusterNames } from "../../emulator/engines/cluster.ts";
import { instanceIdentifiers } from "../../emulator/engines/postgres.ts";
import { awsResources, commandLines, edit, kubectl, onFreshEmulator } from "./machine.ts";

const stack = "prod";

onFreshEmulator();

test("destroy is refused with a list of what protects the stack, and nothing is deleted", async () => {
  const created = await up(stack, false);
  expect(created.code, created.output).toBe(0);
  const url = await publishStack(stack);

  for (const how of [[], ["--skip-preview"], ["--run-program", "--skip-preview"]]) {
    const { code, output } = await pulumi(stack, ["destroy", "--yes", ...how], false);
    expect(code).not.toBe(0);
    expect(output).toContain(
      "protect keeps cluster-eks, database-postgres, load-balancer-alb; to delete them and all else: " +
        "pulumi config set protect false && pulumi up && pulumi destroy",
    );
    expect(output).not.toContain("deleted (");
  }
  expect(JSON.parse(await serveOneRequest(url))).toMatchObject({ status: "placed" });
});

test("without its protection the stack goes; the database's last snapshot, backups and key stay", async () => {
  edit("Pulumi.prod.yaml", (text) => `${text.trimEnd()}\n  fastapi-eks:protect: false\n`);
  const unprotected = await up(stack, false);
  expect(unprotected.code, unprotected.output).toBe(0);
  // Nobody is served any more: with its pods, destroy would wait for production's appPreStopSeconds.
  kubectl("scale", "deployments", "--all", "-n", "orders", "--replicas=0");
  kubectl("delete", "pods", "--all", "-n", "orders", "--grace-period=0", "--force");
  const { code, output } = await pulumi(stack, ["destroy", "--yes", "--skip-preview"], false);
  expect(code, output).toBe(0);
  expect(awsResources()).toEqual(["kms/key", "rds/automatedBackup", "rds/snapshot"]);
  expect(clusterNames()).toEqual([]);
  expect(instanceIdentifiers()).toEqual([]);
  const engines = () => commandLines().filter((line) => /\/(clusters|rds)\//.test(line));
  await expect.poll(engines, { timeout: 10_000 }).toEqual([]);
});
