import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "./cluster.ts";
import { AWS, kubernetesApi, policy } from "./policies.ts";
import type { MakeSecret } from "./secret.ts";
import { serviceAccount } from "./service-account.ts";

/** The only one that External Secrets Operator serves for its two kinds, since 0.17 (its release notes, 2026-11). */
const API = "external-secrets.io/v1";
const STORE = "secrets-manager";
const READY = { "pulumi.com/waitFor": "condition=Ready" };

/** With a handful of objects it needs 2m CPU and some 30 MiB (external-secrets#5407, #1968; 2026-11). */
const RESOURCES = {
  requests: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "16Mi" },
  limits: { memory: "256Mi", "ephemeral-storage": "64Mi" },
};

export interface ExternalSecretsArgs {
  /** Whose Secrets they are: the operator is called after it. */
  serviceName: string;
  namespace: pulumi.Output<string>;
  cluster: Cluster;
  /** Of the key that encrypts the secrets in Secrets Manager. */
  keyArn: pulumi.Output<string>;
  /** The operator's chart, `oci://repository:version` or the path of a packaged one. */
  chart: string;
  /** To wait for before a pod starts. */
  isolation: pulumi.Resource;
}

/** Has Secrets of a namespace come from Secrets Manager, by External Secrets Operator in the same namespace. */
export class ExternalSecrets extends pulumi.ComponentResource {
  readonly secret: MakeSecret;

  constructor(name: string, args: ExternalSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:ExternalSecrets", name, {}, opts);
    const { region } = getRegionOutput({}, { parent: this });
    // Of all that the operator may read. `bootstrap/` knows it too: who deploys has to read them.
    const prefix = pulumi.interpolate`${args.cluster.name}/in-cluster/`;
    const store = secretStore(name, args, region, operator(name, args, prefix, region, this), this);
    this.secret = secretFrom(store, args, prefix);
    this.registerOutputs();
  }
}

function operator(
  name: string,
  args: ExternalSecretsArgs,
  prefix: pulumi.Output<string>,
  region: pulumi.Output<string>,
  parent: ExternalSecrets,
): Release {
  const { namespace, cluster } = args;
  // A release's name has at most 53 characters (Helm's validate_name.go, 2026-11).
  const operatorName = `${args.serviceName}-secrets`;
  const account = serviceAccount(
    name,
    {
      cluster,
      namespace,
      accountName: operatorName,
      roleName: operatorName,
      roleDescription: "Reads the secrets that the service's pods need",
      policy: mayRead(prefix, args.keyArn, region),
    },
    parent,
  );
  const ways = policy(
    `${name}-ways`,
    {
      namespace,
      policyName: operatorName,
      labels: { "app.kubernetes.io/name": operatorName },
      to: [...AWS, kubernetesApi(cluster.apiAddress)],
    },
    { parent },
  );
  return new Release(
    `${name}-operator`,
    {
      name: operatorName,
      namespace,
      ...chartOf(args.chart),
      values: values(operatorName, namespace, account),
      // Helm takes back what fails. It wouldn't upgrade a release that was never deployed.
      atomic: true,
    },
    { parent, dependsOn: [args.isolation, ways] },
  );
}

/** Helm's provider wants the version apart. A packaged chart has its own. */
export function chartOf(chart: string): { chart: string; version?: string } {
  const [, repository, version] = /^(oci:\/\/.+):([^:/]+)$/.exec(chart) ?? [];
  return repository ? { chart: repository, version } : { chart };
}

/**
 * All in this namespace: no rights in others, no admission webhook and what renews its certificate, and none of the
 * kinds that reach further or write to AWS. What the chart doesn't know it ignores: `processClusterGenerator` is of 1.x,
 * `serviceAccountTokenCreate` of 2.5 (external-secrets#6295). Its pods meet `restricted` as they come.
 */
const values = (
  operatorName: string,
  scopedNamespace: pulumi.Output<string>,
  name: pulumi.Output<string>,
) => ({
  nameOverride: operatorName,
  fullnameOverride: operatorName,
  scopedNamespace,
  scopedRBAC: true,
  processClusterExternalSecret: false,
  processClusterStore: false,
  processClusterPushSecret: false,
  processClusterGenerator: false,
  processPushSecret: false,
  crds: {
    createClusterExternalSecret: false,
    createClusterSecretStore: false,
    createClusterPushSecret: false,
    createClusterGenerator: false,
    createPushSecret: false,
  },
  webhook: { create: false },
  certController: { create: false },
  serviceAccount: { create: false, name },
  rbac: { serviceAccountTokenCreate: false, servicebindings: { create: false } },
  resources: RESOURCES,
});

/**
 * `GetSecretValue` is all that the operator calls for an ExternalSecret that wants no tags (its secretsmanager.go,
 * `constructSecretValue`, 0.19.2 and 2.x; 2026-11).
 */
function mayRead(
  prefix: pulumi.Output<string>,
  keyArn: pulumi.Output<string>,
  region: pulumi.Output<string>,
) {
  return pulumi.jsonStringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: "secretsmanager:GetSecretValue",
        Resource: pulumi.interpolate`arn:aws:secretsmanager:*:*:secret:${prefix}*`,
      },
      {
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: keyArn,
        Condition: {
          StringEquals: { "kms:ViaService": pulumi.interpolate`secretsmanager.${region}.amazonaws.com` },
        },
      },
    ],
  });
}

/** Without credentials of its own: the operator has its role's. */
function secretStore(
  name: string,
  { namespace }: ExternalSecretsArgs,
  region: pulumi.Output<string>,
  operator: Release,
  parent: ExternalSecrets,
): CustomResource {
  return new CustomResource(
    `${name}-store`,
    {
      apiVersion: API,
      kind: "SecretStore",
      metadata: { name: STORE, namespace, annotations: READY },
      spec: { provider: { aws: { service: "SecretsManager", region } } },
    },
    { parent, dependsOn: operator },
  );
}

function secretFrom(
  store: CustomResource,
  { namespace, keyArn }: ExternalSecretsArgs,
  prefix: pulumi.Output<string>,
): MakeSecret {
  return (name, data, parent) => {
    const { arn } = new Secret(
      name,
      {
        namePrefix: pulumi.interpolate`${prefix}${name}-`,
        description: "What pods of the service read, by External Secrets Operator",
        kmsKeyId: keyArn,
        // A copy: the next `up` can make it again.
        recoveryWindowInDays: 0,
      },
      { parent },
    );
    const { versionId } = new SecretVersion(
      name,
      { secretId: arn, secretString: pulumi.secret(pulumi.jsonStringify(data)) },
      { parent },
    );
    const { metadata } = new CustomResource(
      name,
      {
        apiVersion: API,
        kind: "ExternalSecret",
        metadata: { namespace, annotations: READY },
        spec: {
          secretStoreRef: { kind: "SecretStore", name: STORE },
          // The Secret is called as this is, and goes with it.
          target: { creationPolicy: "Owner", immutable: true },
          refreshPolicy: "CreatedOnce",
          // One version, so that a later one never gets into the pods of now. Each text becomes a key as it is.
          dataFrom: [{ extract: { key: arn, version: pulumi.interpolate`uuid/${versionId}` } }],
        },
      },
      // By its generated name there is a new one, with its Secret, before the old one goes.
      { parent, dependsOn: store, replaceOnChanges: ["spec"] },
    );
    return metadata.name;
  };
}
