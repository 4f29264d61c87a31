import { expect, describe as suite, test } from "vitest";
import { describe, judge, type Permission } from "../../ci/firewall.ts";
import { nameOf, type Step, typeOf } from "../../ci/preview.ts";
import { secretsInClear } from "../../ci/secrets.ts";
import { evaluate } from "../../plan/program.ts";
import { isSecret } from "../../plan/recording.ts";
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
      ["app-binding", "load-balancer-pods", ...[...subnets, "vpc"].map((name) => `network-${name}`)].map(
        (name) => `${name} would be replaced`,
      ),
    );
  });

  test("another name of the component, which deletes the database and its key", () => {
    expect(found("database-renamed")).toEqual([
      "database-key would be deleted",
      "database-password would be deleted",
      "database-postgres would be deleted",
    ]);
  });

  test("another property that RDS can't change", () => {
    expect(found("database-replaced")).toEqual(["database-postgres would be replaced, because of dbName"]);
  });

  test("another cluster identifier, which replaces everything in the cluster", () => {
    expect(found("other-cluster-identifier")).toEqual([
      "app-binding would be replaced, because of provider",
      "cluster-kubernetes would be replaced, because of clusterIdentifier",
      "cluster-nodes would be replaced, because of provider",
      "orders-namespace would be replaced, because of provider",
    ]);
  });

  test.each([
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/listener:Listener",
    "aws:acm/certificate:Certificate",
    "aws:route53/record:Record",
    "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding",
  ])("the loss of a part of the way in: %s", (type) => {
    const urn = `urn:pulumi:prod::fastapi-eks::fastapi-eks:index:LoadBalancer$${type}::one`;
    for (const op of ["delete", "replace"]) {
      expect(judge([{ op, urn }], nothing)).toHaveLength(1);
      expect(judge([{ op, urn }], { ...nothing, urns: [urn] })).toEqual([]);
    }
    expect(judge([{ op: "update", urn }], nothing)).toEqual([]);
  });

  test("a cluster that is gone from the program", () => {
    expect(found("cluster-removed")).toEqual([
      "app-binding would be deleted",
      "cluster-eks would be deleted",
      "cluster-key would be deleted",
      "cluster-kubernetes would be deleted",
      "cluster-nodes would be deleted",
      "orders-namespace would be deleted",
    ]);
  });

  test("a credential in a ConfigMap, and the label permits none", () => {
    const leak = ["orders-settings holds in plain text: data.APP_SESSION_TOKEN"];
    expect(found("secrets-in-clear")).toEqual(leak);
    expect(found("secrets-in-clear", { ...nothing, replacement: true })).toEqual(leak);
  });
});

test.each([
  ["aws:ecr/repository:Repository", 1],
  ["aws:sns/topic:Topic", 1],
  ["kubernetes:core/v1:Namespace", 1],
  ["random:index/randomPassword:RandomPassword", 1],
  ["docker:index/image:Image", 0],
  ["kubernetes:core/v1:ConfigMap", 0],
  ["aws:cloudwatch/metricAlarm:MetricAlarm", 0],
  ["kubernetes:batch/v1:Job", 0],
])("%s: whoever deletes or replaces it gets %i finding", (type, count) => {
  for (const op of ["delete", "replace"]) {
    expect(judge([{ op, urn: `urn:pulumi:dev::p::${type}::x` }], nothing)).toHaveLength(count);
  }
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
  expect(found("other-cidr", { ...nothing, urns: [vpc.urn] })).toHaveLength(8);
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
    expect(steps).toHaveLength(3);
    expect(steps.flatMap(secretsInClear)).toEqual([]);
  });

  test.each(["dev", "prod"])("there is none in the program itself, for %s", async (stack) => {
    const { resources } = await evaluate({ root: ".", stack, label: stack });
    const known = (_: string, value: unknown) => (isSecret(value) ? "[secret]" : value);
    const steps = resources.map(({ type, inputs }) => step(type, JSON.parse(JSON.stringify(inputs, known))));
    expect(steps.length).toBeGreaterThan(50);
    expect(steps.flatMap(secretsInClear)).toEqual([]);
  });

  const container = (...env: object[]) => ({ containers: [{ name: "app", env }] });

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
    [
      "kubernetes:core/v1:ConfigMap",
      { data: { PG_PASS: "x", dbPass: "x", DB_PWD: "x", JWT_SIGNING_KEY: "x", APP_SECRET_KEY: "x" } },
      ["data.PG_PASS", "data.dbPass", "data.DB_PWD", "data.JWT_SIGNING_KEY", "data.APP_SECRET_KEY"],
    ],
    [
      "kubernetes:core/v1:ConfigMap",
      {
        data: {
          BYPASS: "x",
          PASSWORD_FILE: "/run/x",
          PARTITION_KEY: "x",
          REQUIRE_PASSWORD: "true",
          DB_SECRET: "arn:aws:secretsmanager:eu-central-1:1:secret:x",
          IMAGE_URL: "https://registry:5000/orders@sha256:0",
        },
      },
      [],
    ],
    ["kubernetes:core/v1:SecretPatch", { stringData: { A: "clear" } }, ["stringData.A"]],
    ["aws:rds/cluster:Cluster", { masterPassword: "clear" }, ["masterPassword"]],
    ["aws:ssm/parameter:Parameter", { type: "SecureString", value: "clear" }, ["value"]],
    ["aws:ssm/parameter:Parameter", { name: "/orders/db-password", type: "String", value: "x" }, ["value"]],
    ["aws:ssm/parameter:Parameter", { name: "/orders/level", type: "String", value: "info" }, []],
    [
      "kubernetes:apps/v1:Deployment",
      {
        spec: {
          template: {
            spec: container({ name: "LEVEL", value: "info" }, { name: "PG_PASS", value: "clear" }),
          },
        },
      },
      ["spec.template.spec.containers[0].env[1].value"],
    ],
    [
      "kubernetes:batch/v1:CronJob",
      {
        spec: {
          jobTemplate: {
            spec: {
              template: { spec: { initContainers: container({ name: "TOKEN", value: "clear" }).containers } },
            },
          },
        },
      },
      ["spec.jobTemplate.spec.template.spec.initContainers[0].env[0].value"],
    ],
    [
      "kubernetes:core/v1:Pod",
      {
        spec: container(
          { name: "PG_PASS", valueFrom: { secretKeyRef: { name: "x", key: "password" } } },
          { name: "PG_PASSWORD", value: "$(PG_PASS)" },
          { name: "URL", value: "postgresql://orders:$(PG_PASS)@host" },
          { name: "OTHER_URL", value: "postgresql://orders:clear@host" },
        ),
      },
      ["spec.containers[0].env[3].value"],
    ],
    [
      "kubernetes:batch/v1:Job",
      { spec: { template: { spec: { containers: [{ args: ["--url=redis://:clear@host"] }] } } } },
      ["spec.template.spec.containers[0].args[0]"],
    ],
    ["aws:cognito/userPoolClient:UserPoolClient", { tokenValidityUnits: { accessToken: "hours" } }, []],
  ])("%s %j", (type, inputs, paths) => {
    expect(secretsInClear(step(type, inputs))).toEqual(paths);
  });
});

suite("a major version of PostgreSQL", () => {
  const urn =
    "urn:pulumi:prod::fastapi-eks::fastapi-eks:index:Database$aws:rds/instance:Instance::database-postgres";
  const step = (before: string, after: string): Step => ({
    op: "update",
    urn,
    oldState: { inputs: { engineVersion: before } },
    newState: { inputs: { engineVersion: after } },
  });

  test.each([
    ["16", "17"],
    ["16.13", "17.9"],
    ["17", "18.4"],
  ])("%s to %s is stopped, and says that no way leads back", (before, after) => {
    const [finding] = judge([step(before, after)], nothing);
    const [from, to] = [before, after].map((version) => version.split(".")[0]);
    expect(finding?.what).toBe(`would be upgraded from PostgreSQL ${from} to ${to}`);
    expect(finding?.why).toContain("no way leads back but a restore");
  });

  test.each([
    ["17", "17.10"],
    ["17.9", "17.10"],
    ["17.10", "17"],
  ])("%s to %s is an update like any other", (before, after) => {
    expect(judge([step(before, after)], nothing)).toEqual([]);
  });

  test("is permitted by the label, or by its URN", () => {
    expect(judge([step("16", "17")], { replacement: true, urns: [] })).toEqual([]);
    expect(judge([step("16", "17")], { replacement: false, urns: [urn] })).toEqual([]);
  });
});
