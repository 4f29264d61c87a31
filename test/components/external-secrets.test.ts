import { describe, expect, test } from "vitest";
import { chartOf } from "../../components/external-secrets.ts";
import type { Description } from "../../description/description.ts";
import { service } from "../../service.ts";
import { program, type Recorded, type Recording, reveal } from "../harness.ts";
import { PASSWORD } from "../outputs.ts";

const EXTERNAL = "kubernetes:external-secrets.io/v1:ExternalSecret";
const SECRET = "kubernetes:core/v1:Secret";
const KEPT = "aws:secretsmanager/secret:Secret";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

const external = async (set: Record<string, unknown> = {}, options: { preview?: boolean } = {}) =>
  (await program("prod", { ...options, set: { externalSecrets: "true", poolerReplicas: "2", ...set } }))[0];

const names = (recording: Recording, type: string) =>
  recording
    .ofType(type)
    .map(({ name }) => name)
    .sort();

/** What a Secret has, or the version in Secrets Manager that becomes one. */
const plain = ({ inputs }: Recorded) =>
  Object.fromEntries(
    Object.entries(reveal(inputs.stringData)).map(([key, value]) => [key, reveal(value)] as const),
  );
const kept = (recording: Recording, name: string) =>
  JSON.parse(reveal(recording.get(name, VERSION).inputs.secretString));

/** Names of the Secrets that a workload's pods have their variables and files from. */
const used = (recording: Recording, name: string) =>
  [...JSON.stringify(recording.get(name).inputs.spec).matchAll(/"secretName":"([^"]+)"/g)].map(
    ([, name]) => name,
  );

const OWN = ["orders-credentials", "orders-login-passwords", "orders-owner-credentials", "pooler-secrets"];

test("without it there is none of it, and with it no Secret of the program's own is left", async () => {
  const [without] = await program("prod", { set: { poolerReplicas: "2" } });
  expect(names(without, SECRET)).toEqual(OWN);
  expect(without.resources.filter(({ type }) => /helm|external-secrets|ExternalSecrets/.test(type))).toEqual(
    [],
  );
  const recording = await external();
  expect(names(recording, SECRET)).toEqual([]);
  expect(names(recording, EXTERNAL)).toEqual(OWN);
});

test("each is a secret in Secrets Manager, with what the Secret would have, to the byte", async () => {
  const [without] = await program("prod", { set: { poolerReplicas: "2" } });
  const recording = await external();
  for (const name of OWN) {
    expect(kept(recording, name)).toEqual(plain(without.get(name, SECRET)));
    expect(recording.get(name, KEPT).inputs).toMatchObject({
      namePrefix: `fastapi-eks-prod/in-cluster/${name}-`,
      kmsKeyId: expect.stringContaining("key/database-key"),
      recoveryWindowInDays: 0,
    });
  }
  expect(kept(recording, "pooler-secrets")["userlist.txt"]).toContain("\n");
});

test("what is secret is in the version alone, and a secret there", async () => {
  const recording = await external();
  for (const { name, type, inputs } of recording.resources) {
    const text = JSON.stringify(inputs);
    if (type === VERSION) expect(inputs.secretString).not.toBe(reveal(inputs.secretString));
    else if (type === EXTERNAL || type === KEPT) expect(text, name).not.toContain(PASSWORD);
  }
});

describe("an ExternalSecret", () => {
  test("takes one version of its secret, once, and makes an immutable Secret that goes with it", async () => {
    const recording = await external();
    const { inputs, replaceOnChanges, deleteBeforeReplace } = recording.get("orders-credentials", EXTERNAL);
    const [{ extract }] = inputs.spec.dataFrom;
    expect(inputs).toEqual({
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: { namespace: "orders", annotations: { "pulumi.com/waitFor": "condition=Ready" } },
      spec: {
        secretStoreRef: { kind: "SecretStore", name: "secrets-manager" },
        target: { creationPolicy: "Owner", immutable: true },
        refreshPolicy: "CreatedOnce",
        dataFrom: [
          { extract: { key: expect.stringMatching(/secret:orders-credentials$/), version: extract.version } },
        ],
      },
    });
    expect(extract.version).toMatch(/^uuid\/[0-9a-f]+$/);
    // By a generated name, so that the new one is there before the old one goes.
    expect([replaceOnChanges, deleteBeforeReplace]).toEqual([["spec"], false]);
  });

  test("comes after the operator, its rights, its ways and the store, and the pods after it", async () => {
    const recording = await external();
    const waits = (name: string, type: string, ...others: [string, string?][]) =>
      expect(recording.get(name, type).waitsFor).toEqual(
        expect.arrayContaining(others.map(([other, type]) => recording.get(other, type).urn)),
      );
    const release = "kubernetes:helm.sh/v3:Release";
    for (const name of OWN)
      waits(name, EXTERNAL, ["orders-external-secrets-store"], [name, KEPT], [name, VERSION]);
    waits("orders-external-secrets-store", "SecretStore", ["orders-external-secrets-operator"]);
    waits(
      "orders-external-secrets-operator",
      release,
      ["orders-external-secrets-identity"],
      ["orders-external-secrets-ways"],
      ["orders-isolation"],
    );
    waits("orders-external-secrets-identity", "PodIdentityAssociation", ["orders-secrets", "RolePolicy"]);
    waits("app-deployment", "Deployment", ["orders-credentials", EXTERNAL]);
    waits(
      "migration-job",
      "Job",
      ["orders-owner-credentials", EXTERNAL],
      ["orders-login-passwords", EXTERNAL],
    );
    waits("pooler-deployment", "Deployment", ["pooler-secrets", EXTERNAL]);
  });

  test("is another one with other data, and so is the Secret that the pods have", async () => {
    const of = async (secretFiles: Description["secretFiles"]) => {
      const set = { externalSecrets: "true", poolerReplicas: "2" };
      const [recording] = await program("prod", { set, service: { secretFiles } });
      return ["app", "pooler"].map((name) => used(recording, `${name}-deployment`));
    };
    const files = service.secretFiles as NonNullable<Description["secretFiles"]>;
    const [app, pooler] = await of(files);
    const [otherApp, samePooler] = await of({ ...files, files: { ...files.files, more: "more" } });
    expect(app).toEqual([expect.stringMatching(/^orders-credentials-/)]);
    expect(otherApp).toEqual([expect.stringMatching(/^orders-credentials-/)]);
    expect(otherApp).not.toEqual(app);
    expect(samePooler).toEqual(pooler);
  });

  test("is part of a preview before any of it exists", async () => {
    expect(names(await external({}, { preview: true }), EXTERNAL)).toEqual(OWN);
  });
});

describe("the operator", () => {
  test("is the chart of the setting, in the service's namespace and for it alone", async () => {
    const { inputs } = (await external()).get("orders-external-secrets-operator");
    expect(inputs).toMatchObject({
      name: "orders-secrets",
      namespace: "orders",
      chart: "oci://ghcr.io/external-secrets/charts/external-secrets",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      atomic: true,
    });
    expect(inputs.values).toMatchObject({
      scopedNamespace: "orders",
      scopedRBAC: true,
      webhook: { create: false },
      certController: { create: false },
      serviceAccount: { create: false, name: "orders-secrets" },
      rbac: { serviceAccountTokenCreate: false, servicebindings: { create: false } },
      resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
    });
    // Each kind that isn't processed, or its controller would look for it in vain.
    for (const kind of ["ClusterExternalSecret", "ClusterPushSecret", "ClusterGenerator", "PushSecret"])
      expect([inputs.values[`process${kind}`], inputs.values.crds[`create${kind}`]]).toEqual([false, false]);
    const { processClusterStore, crds } = inputs.values;
    expect([processClusterStore, crds.createClusterSecretStore]).toEqual([false, false]);
  });

  test.each([
    ["oci://registry.example.com:5000/mirror/external-secrets:2.12.0-1", "2.12.0-1"],
    ["charts/external-secrets-0.19.2.tgz", undefined],
  ])("is that of %s", (chart, version) => {
    expect(chartOf(chart)).toEqual(
      version ? { chart: chart.slice(0, -version.length - 1), version } : { chart },
    );
  });

  test("has a name that Helm takes, also for the longest of a service", async () => {
    const name = `o${"-o".repeat(19)}o`;
    expect(name).toHaveLength(40);
    const [recording] = await program("prod", { service: { name }, set: { externalSecrets: "true" } });
    const [{ inputs }] = recording.ofType("kubernetes:helm.sh/v3:Release") as [Recorded];
    expect(inputs.name.length).toBeLessThanOrEqual(53);
  });

  test("reads the copies of this stack's Secrets, by the database's key, and nothing else", async () => {
    const recording = await external();
    const { Statement } = JSON.parse(recording.get("orders-secrets", "RolePolicy").inputs.policy);
    expect(Statement).toEqual([
      {
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: "arn:aws:secretsmanager:*:*:secret:fastapi-eks-prod/in-cluster/*",
      },
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: "arn:aws:kms:eu-central-1:123456789012:key/database-key",
        Condition: { StringEquals: { "kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com" } },
      },
    ]);
    expect(recording.get("orders-external-secrets-identity").inputs).toMatchObject({
      namespace: "orders",
      serviceAccount: "orders-secrets",
    });
  });

  test("has a store in the stack's region, with the operator's own credentials", async () => {
    const { inputs } = (await external()).get("orders-external-secrets-store");
    expect(inputs.spec).toEqual({ provider: { aws: { service: "SecretsManager", region: "eu-central-1" } } });
    expect(inputs.metadata.annotations).toEqual({ "pulumi.com/waitFor": "condition=Ready" });
  });

  test("reaches AWS, its role's credentials and the cluster's API, and nobody reaches it", async () => {
    const { spec } = (await external()).get("orders-external-secrets-ways").inputs;
    expect(spec.podSelector).toEqual({ matchLabels: { "app.kubernetes.io/name": "orders-secrets" } });
    expect(spec.ingress).toEqual([]);
    const [aws, identity, api] = spec.egress;
    expect([aws.to[0].ipBlock.cidr, aws.ports[0].port]).toEqual(["0.0.0.0/0", 443]);
    expect([identity.to, identity.ports[0].port]).toEqual([[{ ipBlock: { cidr: "169.254.170.23/32" } }], 80]);
    expect([api.to, api.ports]).toEqual([
      [{ ipBlock: { cidr: "172.20.0.1/32" } }],
      [{ port: 443, protocol: "TCP" }],
    ]);
    expect(spec.egress).toHaveLength(3);
  });
});

test("is refused with SQLite", async () => {
  const set = { externalSecrets: "true", appWorkers: 1 };
  await expect(program("prod", { database: "sqlite", set })).rejects.toThrow(
    'externalSecrets: got true; allowed: false where service.ts has database: "sqlite"',
  );
});
