import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { flatten } from "../plan/values.ts";
import { isSecret, program, type Recorded, type Recording, reveal } from "./harness.ts";
import { PASSWORD } from "./outputs.ts";

test.each(["dev", "prod"])("a second run of %s asks for the same resources", async (stack) => {
  const [first] = await program(stack);
  const [second] = await program(stack);
  expect(changed(first, second)).toEqual([]);
});

test("another base image reaches the image, a new Job and the pods, and nothing else", async () => {
  const [before] = await program("prod");
  const [after] = await program("prod", { set: { imageBase: `python@sha256:${"a".repeat(64)}` } });
  expect(changed(before, after)).toEqual(["app-deployment", "image-build", "migration-job"]);
});

test("a setting of the service rolls the pods by a new ConfigMap, without a new image", async () => {
  const [before] = await program("prod");
  const [after] = await program("prod", { set: { appLogLevel: "WARNING" } });
  expect(changed(before, after)).toEqual(["app-deployment", "migration-job", "orders-settings"]);
});

test("another number of replicas is the autoscaler's alone: no pod rolls and no migration runs", async () => {
  const [before] = await program("prod");
  const [after] = await program("prod", { set: { appMinReplicas: 4, appMaxReplicas: 10 } });
  expect(changed(before, after)).toEqual(["app-autoscaler"]);
});

describe("a previous digest", () => {
  const imageDigest = `sha256:${"b".repeat(64)}`;

  test("reaches a new Job and the pods, builds nothing and deletes nothing but the memory of a build", async () => {
    const [before] = await program("prod");
    const [after, { imageReference }] = await program("prod", { set: { imageDigest } });
    expect(changed(before, after)).toEqual(["app-deployment", "image-build", "migration-job"]);
    expect(after.ofType("docker:index/image:Image")).toEqual([]);
    expect(await promise(imageReference)).toMatch(new RegExp(`/image-repository@${imageDigest}$`));
  });

  test("is left again by one setting", async () => {
    const [before] = await program("prod");
    await program("prod", { set: { imageDigest } });
    const [after] = await program("prod");
    expect(changed(before, after)).toEqual([]);
  });
});

test.each([
  ["dev", []],
  ["prod", ["cluster-eks", "database-postgres"]],
])("what Pulumi protects in %s: %j", async (stack, expected) => {
  const [{ resources }] = await program(stack);
  const names = resources.filter(({ protect }) => protect).map(({ name }) => name);
  expect(names.sort()).toEqual(expected);
});

test.each([true, false])("the password stays secret wherever it goes, with preview = %s", async (preview) => {
  const [{ resources }] = await program("prod", { preview });
  const inClear = resources.filter(({ inputs }) => JSON.stringify(withoutSecrets(inputs)).includes(PASSWORD));
  expect(inClear.map(({ name }) => name)).toEqual([]);
});

test("the password goes to the instance, to Secrets Manager and to Kubernetes' Secret", async () => {
  const [{ resources }] = await program("prod");
  const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes(PASSWORD));
  expect(holders.map(({ name }) => name).sort()).toEqual([
    "database-credentials",
    "database-postgres",
    "migration-login",
    "orders-credentials",
    "orders-login-passwords",
    "orders-owner-credentials",
  ]);
});

test("the registry's password is secret", async () => {
  const [recording] = await program("prod");
  const { registry } = recording.get("image-build").inputs;
  expect(isSecret(registry) || isSecret(registry.password)).toBe(true);
  expect(reveal(reveal(registry).password)).toMatch(/^login-/);
});

test("outputs hold what other stacks need and no secret", async () => {
  const [, outputs] = await program("dev");
  const values = Object.entries(outputs).map(async ([key, output]) => {
    const value = pulumi.output<unknown>(output);
    return [key, await pulumi.isSecret(value), await promise(value)] as const;
  });
  const known = await Promise.all(values);
  expect(known.filter(([, secret]) => secret)).toEqual([]);
  expect(Object.fromEntries(known.map(([key, , value]) => [key, value]))).toEqual({
    contractVersion: 2,
    clusterName: "fastapi-eks-dev",
    kubeconfig: expect.stringContaining('"get-token"'),
    namespace: "orders",
    service: "orders",
    imageReference: expect.stringMatching(/^[\w.-]+\/image-repository@sha256:[0-9a-f]{64}$/),
    databaseAddress: "database.example",
    databaseSecretArn: expect.stringContaining(":secretsmanager:"),
    databaseOwnerSecretArn: expect.stringContaining(":secretsmanager:"),
    alarmTopicArn: "arn:aws:sns:eu-central-1:123456789012:alarms-topic",
    vpcId: "network-vpc-id",
    publicSubnetIds: ["network-public-1-id", "network-public-2-id"],
    privateSubnetIds: ["network-private-1-id", "network-private-2-id"],
  });
});

test("a stack with wrong settings creates nothing", async () => {
  await expect(program("dev", { set: { appMaxReplica: 3, networkZones: 9 } })).rejects.toThrow(
    /wrong: 2\n.*appMaxReplica:.*nearest is appMaxReplicas.*\n.*networkZones: got "9"; allowed: 2 to 3/,
  );
});

/** Names of the resources whose inputs differ, but for the password that a registry changes at every login. */
function changed(before: Recording, after: Recording): string[] {
  const text = ({ inputs, ignoreChanges }: Recorded) =>
    JSON.stringify(flatten(inputs).filter(([path]) => !ignoreChanges.includes(path)));
  const inputs = ({ resources }: Recording) =>
    new Map(
      resources.map((resource) => [resource.urn, text(resource).replace(/login-\d+/g, "login")] as const),
    );
  const [old, now] = [inputs(before), inputs(after)];
  const urns = [...new Set([...old.keys(), ...now.keys()])];
  return urns
    .filter((urn) => old.get(urn) !== now.get(urn))
    .map((urn) => urn.split("::").at(-1) ?? urn)
    .sort();
}

function withoutSecrets(value: unknown): unknown {
  if (isSecret(value)) return "[secret]";
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item)]));
}

function promise<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
