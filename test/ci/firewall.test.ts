import { expect, describe as suite, test } from "vitest";
import { describe, judge, type Permission } from "../../ci/firewall.ts";
import { nameOf, type Step, typeOf } from "../../ci/preview.ts";
import { secretsInClear } from "../../ci/secrets.ts";
import type { cases } from "./cases.ts";
import { recorded } from "./recorded.ts";

const nothing: Permission = { replacement: false, urns: [] };

const found = (name: keyof typeof cases, permission = nothing): string[] =>
  judge(recorded(name).steps, permission)
    .map(({ urn, what }) => `${nameOf(urn)} ${what}`)
    .sort();

suite("lets through", () => {
  test.each(["no-change", "other-history", "other-kubeconfig"] as const)("%s", (name) => {
    expect(found(name)).toEqual([]);
  });

  test("another kubeconfig, which only updates the provider", () => {
    expect(recorded("other-kubeconfig").steps.map(({ op, urn }) => `${op} ${typeOf(urn)}`)).toEqual([
      "update pulumi:providers:kubernetes",
    ]);
  });
});

suite("stops", () => {
  test("another CIDR, which replaces the VPC and every subnet", () => {
    const subnets = ["database", "private", "public"].flatMap((kind) =>
      [1, 2].map((zone) => `${kind}-${zone}`),
    );
    expect(found("other-cidr").map((text) => text.split(",")[0])).toEqual(
      [...subnets, "vpc"].map((name) => `network-${name} would be replaced`),
    );
  });

  test("another name of the component, which deletes the database and its key", () => {
    expect(found("database-renamed")).toEqual([
      "database-key would be deleted",
      "database-postgres would be deleted",
    ]);
  });

  test("another property that RDS can't change", () => {
    expect(found("database-replaced")).toEqual(["database-postgres would be replaced, because of dbName"]);
  });

  test("another cluster identifier, which replaces everything in the cluster", () => {
    expect(found("other-cluster-identifier")).toEqual([
      "cluster-kubernetes would be replaced, because of clusterIdentifier",
    ]);
  });

  test("a cluster that is gone from the program", () => {
    expect(found("cluster-removed")).toEqual([
      "cluster-eks would be deleted",
      "cluster-key would be deleted",
      "cluster-kubernetes would be deleted",
    ]);
  });

  test("a credential in a ConfigMap, and the label permits none", () => {
    const leak = ["orders-settings holds in clear: data.APP_SESSION_TOKEN"];
    expect(found("secrets-in-clear")).toEqual(leak);
    expect(found("secrets-in-clear", { ...nothing, replacement: true })).toEqual(leak);
  });
});

test("each finding says what, why, how to fix it and how to permit it", () => {
  const [finding] = judge(recorded("database-replaced").steps, nothing);
  const urn = finding?.urn ?? "";
  expect(describe(finding as NonNullable<typeof finding>)).toBe(
    `database-postgres (aws:rds/instance:Instance) would be replaced, because of dbName
  danger: its data is lost but for snapshots, and the service is down meanwhile
  fix: keep what it was created with; to move on purpose, make the new one beside it, move, then delete
  or permit it: --allow '${urn}'`,
  );
});

test("a label permits every loss, a URN its resource alone", () => {
  expect(found("other-cidr", { ...nothing, replacement: true })).toEqual([]);
  const vpc = recorded("other-cidr").steps.find(({ urn }) => nameOf(urn) === "network-vpc") as Step;
  expect(found("other-cidr", { ...nothing, urns: [vpc.urn] })).toHaveLength(6);
});

suite("secrets", () => {
  // The recorded previews can't show these: the SDKs make secrets of them by themselves, whatever the program does.
  const step = (type: string, inputs: Record<string, unknown>): Step => ({
    op: "create",
    urn: `urn:pulumi:dev::fastapi-eks::${type}::x`,
    newState: { inputs },
  });

  test("the engine shows none of what the SDKs know to be secret", () => {
    const types = ["kubernetes:core/v1:Secret", "aws:rds/instance:Instance"];
    const steps = recorded("secrets-in-clear").steps.filter(({ urn }) => types.includes(typeOf(urn)));
    expect(steps).toHaveLength(2);
    expect(steps.flatMap(secretsInClear)).toEqual([]);
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ["kubernetes:core/v1:Secret", { data: "[secret]" }, []],
    ["kubernetes:core/v1:Secret", { stringData: { A: "[secret]", B: "clear" } }, ["stringData.B"]],
    ["kubernetes:core/v1:Secret", { data: { "tls.key": "Y2xlYXI=" } }, ['data["tls.key"]']],
    ["aws:rds/instance:Instance", { password: "clear" }, ["password"]],
    ["aws:rds/instance:Instance", { password: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }, []],
    ["aws:secretsmanager/secretVersion:SecretVersion", { secretString: "{}" }, ["secretString"]],
    [
      "kubernetes:core/v1:ConfigMap",
      { data: { APP_DATABASE_PASSWORD: "clear" } },
      ["data.APP_DATABASE_PASSWORD"],
    ],
    ["kubernetes:core/v1:ConfigMap", { data: { URL: "postgresql://orders:clear@host/x" } }, ["data.URL"]],
    ["kubernetes:core/v1:ConfigMap", { data: { PEM: "-----BEGIN RSA PRIVATE KEY-----" } }, ["data.PEM"]],
    [
      "kubernetes:core/v1:ConfigMap",
      { data: { CA: "-----BEGIN CERTIFICATE-----", URL: "https://host/x" } },
      [],
    ],
    [
      "kubernetes:core/v1:ConfigMap",
      { data: { SECRET_ARN: "arn:aws:secretsmanager:…", TOKEN_TTL: "60" } },
      [],
    ],
  ])("%s %j", (type, inputs, paths) => {
    expect(secretsInClear(step(type, inputs))).toEqual(paths);
  });
});
