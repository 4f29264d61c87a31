import { AccessEntry } from "@pulumi/aws/eks/accessEntry.js";
import { AccessPolicyAssociation } from "@pulumi/aws/eks/accessPolicyAssociation.js";
import { Cluster as EksCluster } from "@pulumi/aws/eks/cluster.js";
import { getRegionOutput } from "@pulumi/aws/getRegion.js";
import { Key as KmsKey } from "@pulumi/aws/kms/key.js";
import { ConfigMapPatch } from "@pulumi/kubernetes/core/v1/configMapPatch.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { addOn } from "./add-on.ts";
import { onceItAnswers } from "./answering.ts";
import { logGroup } from "./logs.ts";
import type { Network } from "./network.ts";
import { nodePool } from "./node-pool.ts";
import { keepPodLogs } from "./pod-logs.ts";
import { type GrantedRole, role } from "./role.ts";

export interface ClusterArgs {
  /** Name of the cluster in AWS. */
  clusterName: string;
  network: Network;
  /** Kubernetes version, such as 1.34. */
  version: string;
  /** Networks that may reach the API from outside the VPC; none closes the public endpoint. */
  publicAccessCidrs: readonly string[];
  /** IAM roles and users that administer the cluster, besides its creator. */
  adminArns: readonly string[];
  /** Refuse to delete the cluster. */
  protect: boolean;
}

/** EKS in Auto Mode: AWS runs nodes, network, volumes and load balancers. */
export class Cluster extends pulumi.ComponentResource {
  readonly name: pulumi.Output<string>;
  /** Group that control plane, nodes and pods share. */
  readonly securityGroupId: pulumi.Output<string>;
  /** Logs in as whoever runs it, by the `aws` command: there is no secret in it. */
  readonly kubeconfig: pulumi.Output<string>;
  readonly kubernetes: KubernetesProvider;
  /** Of the subnets that pods are in, and from which the control plane calls. */
  readonly cidrs: readonly string[];
  /** Where pods ask for names. */
  readonly dnsAddress: pulumi.Output<string>;
  /** Where pods reach the cluster's API. */
  readonly apiAddress: pulumi.Output<string>;
  /** Without it, no NetworkPolicy has an effect. */
  readonly enforcement: pulumi.Resource;
  /** What pods run on: whatever has pods depends on it, so that they are gone before a destroy removes the nodes. */
  readonly nodePool: pulumi.Resource;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Cluster", name, {}, opts);

    const control = role(`${name}-control`, "eks.amazonaws.com", controlPolicies, this);
    const nodes = role(`${name}-nodes`, "ec2.amazonaws.com", nodePolicies, this);
    const cluster = controlPlane(name, args, control, nodes, this);
    const admins = args.adminArns.map((arn) => admin(name, arn, cluster, this));

    this.name = cluster.name;
    this.cidrs = args.network.cidrs.private;
    this.securityGroupId = cluster.vpcConfig.clusterSecurityGroupId;
    this.kubeconfig = kubeconfig(cluster, getRegionOutput({}, { parent: this }).region);
    this.kubernetes = new KubernetesProvider(
      `${name}-kubernetes`,
      // By the identifier, only another cluster replaces what runs in it, and a new endpoint doesn't
      // (pulumi-kubernetes#4019).
      {
        kubeconfig: onceItAnswers(this.kubeconfig, args.publicAccessCidrs, cluster),
        clusterIdentifier: cluster.arn,
      },
      { parent: this, dependsOn: admins },
    );
    // A preview may leave out a part of an object that only AWS knows. It says of the endpoint that it is unknown.
    const services = pulumi
      .all([cluster.kubernetesNetworkConfig, cluster.endpoint])
      .apply(([{ serviceIpv4Cidr }]) => serviceIpv4Cidr);
    this.dnsAddress = services.apply(dnsAddress);
    this.apiAddress = services.apply(apiAddress);
    this.enforcement = enforcement(`${name}-enforcement`, this);
    this.nodePool = nodePool(`${name}-nodes`, {
      parent: this,
      provider: this.kubernetes,
      // Also the order of a destroy: nodes whose way out is gone hang (aws-samples/appmod-blueprints#582).
      dependsOn: args.network.egress,
    });
    // Tells the autoscaler what pods use. Auto Mode brings everything else, but not this.
    addOn(`${name}-metrics-server`, metricsServer, args.version, cluster, {
      parent: this,
      dependsOn: this.nodePool,
    });
    keepPodLogs(`${name}-pod-logs`, args, cluster, this.nodePool, this);
    this.registerOutputs();
  }
}

const controlPolicies = [
  "AmazonEKSClusterPolicy",
  "AmazonEKSComputePolicy",
  "AmazonEKSBlockStoragePolicy",
  "AmazonEKSLoadBalancingPolicy",
  "AmazonEKSNetworkingPolicy",
];
/** Without tolerations, among them one for the pool `system`, which nobody is to have nodes of. */
const metricsServer = {
  addonName: "metrics-server",
  configurationValues: JSON.stringify({ tolerations: [] }),
};
const nodePolicies = ["AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"];

function controlPlane(
  name: string,
  args: ClusterArgs,
  control: GrantedRole,
  nodes: GrantedRole,
  parent: Cluster,
): EksCluster {
  const key = new KmsKey(
    `${name}-key`,
    { description: `Kubernetes secrets of ${args.clusterName}`, enableKeyRotation: true },
    { parent },
  );
  const logs = logGroup(`${name}-logs`, `/aws/eks/${args.clusterName}/cluster`, parent);
  const isPublic = args.publicAccessCidrs.length > 0;
  return new EksCluster(
    `${name}-eks`,
    {
      name: args.clusterName,
      version: args.version,
      roleArn: control.arn,
      vpcConfig: {
        subnetIds: args.network.privateSubnetIds,
        endpointPrivateAccess: true,
        endpointPublicAccess: isPublic,
        publicAccessCidrs: isPublic ? [...args.publicAccessCidrs] : undefined,
      },
      // Auto Mode is these three together. Without a pool of AWS' own there is no default class of nodes.
      computeConfig: { enabled: true, nodePools: ["system"], nodeRoleArn: nodes.arn },
      storageConfig: { blockStorage: { enabled: true } },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
      bootstrapSelfManagedAddons: false,
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
      encryptionConfig: { provider: { keyArn: key.arn }, resources: ["secrets"] },
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      upgradePolicy: { supportType: "STANDARD" },
      deletionProtection: args.protect,
    },
    {
      parent,
      protect: args.protect,
      // AWS doesn't report it: an imported or refreshed cluster would be replaced.
      ignoreChanges: ["bootstrapSelfManagedAddons"],
      // The first cluster in Auto Mode of an account can take longer than the provider's 30 minutes, and the
      // nodes of one that is deleted may need more than its 15 (astronomer/astronomer-providers#1168: over 25).
      customTimeouts: { create: "60m", delete: "60m" },
      // Also the order of a destroy: Auto Mode removes its nodes with these rights.
      dependsOn: [...control.attachments, ...nodes.attachments, logs],
    },
  );
}

function admin(name: string, principalArn: string, cluster: EksCluster, parent: Cluster) {
  const suffix = principalArn.split(":").slice(4).join("-");
  const entry = new AccessEntry(
    `${name}-admin-${suffix}`,
    { clusterName: cluster.name, principalArn },
    { parent },
  );
  return new AccessPolicyAssociation(
    `${name}-admin-${suffix}`,
    {
      clusterName: cluster.name,
      principalArn: entry.principalArn,
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
      accessScope: { type: "cluster" },
    },
    { parent },
  );
}

/**
 * Each node of Auto Mode answers at the tenth address of the Services' range, by no pod and no Service: a policy has to
 * name the address ("CoreDNS considerations" in the EKS user guide; archestra-ai/archestra#5538; 2026-11).
 */
const dnsAddress = (services: string): string => services.replace(/\.\d+\/\d+$/, ".10");

/**
 * The Service `kubernetes` always has the first address of the range ("Anatomy of the kubernetes.default" at
 * networkop.co.uk; `172.20.0.1` in aws-network-policy-agent#553; 2026-11).
 */
const apiAddress = (services: string): string => services.replace(/\.\d+\/\d+$/, ".1");

/**
 * Auto Mode enforces NetworkPolicies once this asks for it, on nodes of every class. By default a class lets everything
 * pass that no policy is for ("Use Network Policies with EKS Auto Mode" in the EKS user guide;
 * aws-solutions-library-samples/global-capacity-orchestrator-on-aws#375; 2026-11). A patch owns its one key alone:
 * whether somebody has made the map already doesn't matter, nor what else is in it.
 */
function enforcement(name: string, cluster: Cluster): ConfigMapPatch {
  return new ConfigMapPatch(
    name,
    {
      metadata: { name: "amazon-vpc-cni", namespace: "kube-system" },
      data: { "enable-network-policy-controller": "true" },
    },
    { parent: cluster, provider: cluster.kubernetes },
  );
}

function kubeconfig(cluster: EksCluster, region: pulumi.Output<string>): pulumi.Output<string> {
  const name = "eks";
  return pulumi.jsonStringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [
      {
        name,
        cluster: {
          server: cluster.endpoint,
          "certificate-authority-data": cluster.certificateAuthority.data,
        },
      },
    ],
    users: [
      {
        name,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: [
              "eks",
              "get-token",
              "--cluster-name",
              cluster.name,
              "--region",
              region,
              "--output",
              "json",
            ],
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
}
