// eks.Addon: metrics-server is deployed; of the others there is the record alone.

import { deployMetricsServer, removeMetricsServer } from "../engines/metrics-server.ts";
import {
  boolean,
  json,
  list,
  matching,
  object,
  oneOf,
  string,
  tags,
  type Values,
} from "../provider/properties.ts";
import { arn, newUuid } from "./account.ts";
import { defaultAddonVersion } from "./eks-addon-versions.ts";
import { clusters } from "./eks-cluster.ts";
import { AwsError } from "./errors.ts";
import { refuseUntrusting } from "./iam.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

/** AWS' own add-ons, and those of the community that it packages (Amazon EKS user guide, 2026). */
const addonNames = [
  ...["vpc-cni", "coredns", "kube-proxy", "eks-pod-identity-agent", "eks-node-monitoring-agent"],
  ...["aws-ebs-csi-driver", "aws-efs-csi-driver", "aws-mountpoint-s3-csi-driver", "snapshot-controller"],
  ...["amazon-cloudwatch-observability", "adot", "aws-secrets-store-csi-driver-provider"],
  ...["metrics-server", "cert-manager", "external-dns", "kube-state-metrics", "prometheus-node-exporter"],
];

const properties = {
  clusterName: string({ required: true, replaceOnChange: true }),
  addonName: string({ required: true, replaceOnChange: true, constraint: oneOf(...addonNames) }),
  addonVersion: string({
    computed: true,
    constraint: matching(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/, "v<major>.<minor>.<patch>-eksbuild.<build>"),
  }),
  configurationValues: json({ computed: true }),
  podIdentityAssociations: list(
    object({ roleArn: string({ required: true }), serviceAccount: string({ required: true }) }),
  ),
  preserve: boolean(),
  resolveConflictsOnCreate: string({ constraint: oneOf("NONE", "OVERWRITE") }),
  resolveConflictsOnUpdate: string({ constraint: oneOf("NONE", "OVERWRITE", "PRESERVE") }),
  serviceAccountRoleArn: string(),
  tags,
};

/** How long the provider waits for ACTIVE (terraform-provider-aws, eks_addon, 2026-11). */
const creationMinutes = 20;

interface Addon extends Identified, Values<typeof properties> {
  arn: string;
  addonVersion: string;
  createdAt: string;
}

const addons = table<Addon>("eks/addon", { code: "ResourceNotFoundException", noun: "addon" });

/** Those that CloudWatch's add-on logs in by (its Helm chart, 2026-11); of others the emulator doesn't know them. */
function refuseServiceAccount(addonName: string, serviceAccount: string): void {
  if (addonName !== "amazon-cloudwatch-observability" || serviceAccount === "cloudwatch-agent") return;
  const message = `Service account ${serviceAccount} is not supported by ${addonName}; allowed: cloudwatch-agent`;
  throw new AwsError("InvalidParameterException", message);
}

/** EKS takes an association of a service account that the add-on has, with a role that trusts it. */
function refuseAssociations({ addonName, podIdentityAssociations = [] }: Values<typeof properties>): void {
  for (const { roleArn, serviceAccount } of podIdentityAssociations) {
    refuseServiceAccount(addonName, serviceAccount);
    const actions = ["sts:AssumeRole", "sts:TagSession"];
    refuseUntrusting(roleArn, "pods.eks.amazonaws.com", actions, "InvalidParameterException");
  }
}

/** The version asked for, if it is one for the cluster's Kubernetes; the default without any. */
function offeredVersion(clusterName: string, addonName: string, given: string | undefined): string {
  const usual = defaultAddonVersion(addonName, clusters.expect(clusterName).version);
  // Of the other add-ons the emulator knows no versions.
  if (usual && given && given !== usual) {
    const message = `Addon version ${given} of ${addonName} is not supported; the emulator knows ${usual}`;
    throw new AwsError("InvalidParameterException", message);
  }
  return given ?? usual ?? "v1.0.0-eksbuild.1";
}

export const addon = resourceType({
  token: "aws:eks/addon:Addon",
  invalid: "InvalidParameterException",
  table: addons,
  properties,
  create(inputs) {
    const { clusterName, addonName, addonVersion: given } = inputs;
    const addonVersion = offeredVersion(clusterName, addonName, given);
    const id = `${clusterName}:${addonName}`;
    if (addons.get(id)) throw new AwsError("ResourceInUseException", `Addon already exists: ${id}`);
    refuseAssociations(inputs);
    return {
      id,
      arn: arn("eks", `addon/${clusterName}/${addonName}/${newUuid()}`),
      addonVersion,
      createdAt: new Date().toISOString(),
    };
  },
  update({ clusterName, addonName }, inputs) {
    refuseAssociations(inputs);
    return { addonVersion: offeredVersion(clusterName, addonName, inputs.addonVersion) };
  },
  // The others are records alone. As with EKS, its pods may be there before an add-on is, and are taken over.
  async start({ clusterName, addonName, id }) {
    if (addonName !== "metrics-server") return undefined;
    try {
      await deployMetricsServer(clusterName, creationMinutes * 60);
    } catch (error) {
      const state = `(last state: 'DEGRADED', timeout: ${creationMinutes}m0s): ${(error as Error).message}`;
      const message = `waiting for EKS Add-On (${id}) create: timeout while waiting for state to become 'ACTIVE' ${state}`;
      throw new AwsError("InsufficientNumberOfReplicas", message);
    }
    return undefined;
  },
  async stop({ clusterName, addonName, preserve }) {
    if (addonName !== "metrics-server" || preserve || !clusters.get(clusterName)) return;
    await removeMetricsServer(clusterName);
  },
});
