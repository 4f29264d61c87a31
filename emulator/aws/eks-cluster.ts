// eks.Cluster: AWS' rules in front of a real control plane.
import { createCluster, deleteCluster } from "../engines/cluster.ts";
import { chooseBuiltInPools } from "../engines/node-pools.ts";
import { arn, callerArn, derived, region } from "./account.ts";
import { ensureLogGroup } from "./cloudwatch.ts";
import {
  type ClusterInputs,
  checkCluster,
  clusterProperties,
  invalid,
  refuseReserved,
} from "./eks-cluster-properties.ts";
import { refuseRoles } from "./eks-cluster-roles.ts";
import {
  checkVersionUpdate,
  forgetVersionUpdates,
  newestVersion,
  recordVersionUpdate,
} from "./eks-versions.ts";
import { AwsError } from "./errors.ts";
import { expectKey } from "./kms.ts";
import { resourceType } from "./resource.ts";
import { hasWayOut } from "./routes.ts";
import { checkSecurityGroups, newSecurityGroup, securityGroups } from "./security-groups.ts";
import { type Identified, table } from "./store.ts";
import { spreadSubnets, subnets, vpcs } from "./vpc.ts";

interface Cluster extends Identified, ClusterInputs {
  arn: string;
  createdAt: string;
  version: string;
  platformVersion: string;
  status: string;
  identities: { oidcs: { issuer: string }[] }[];
  accessConfig: NonNullable<ClusterInputs["accessConfig"]>;
  vpcConfig: ClusterInputs["vpcConfig"] & { vpcId?: string; clusterSecurityGroupId?: string };
  endpoint?: string;
  certificateAuthority?: { data: string };
}

export const clusters = table<Cluster>("eks/cluster", { code: "ResourceNotFoundException", noun: "cluster" });

/** What has to exist before the cluster; returns its VPC. */
function refuse(inputs: ClusterInputs): { vpcId: string } {
  refuseRoles(inputs);
  refuseReserved(inputs.vpcConfig.publicAccessCidrs);
  const { subnetIds, securityGroupIds = [] } = inputs.vpcConfig;
  const codes = { missing: "InvalidParameterException", zones: "InvalidParameterException" };
  const { vpcId } = spreadSubnets(subnetIds, codes);
  checkSecurityGroups(securityGroupIds, vpcId, "InvalidParameterException");
  if (inputs.encryptionConfig)
    expectKey(inputs.encryptionConfig.provider.keyArn, "InvalidParameterException");
  return { vpcId };
}

const zonesOf = ({ vpcConfig }: Pick<ClusterInputs, "vpcConfig">): string[] =>
  [...new Set(vpcConfig.subnetIds.map((id) => subnets.expect(id).availabilityZone))].sort();

/** "All subnets that you add must be in the same set of AZs as originally provided" (EKS user guide, 2026-11). */
function refuseOtherZones(current: Cluster, inputs: ClusterInputs): void {
  const [from, to] = [zonesOf(current).join(), zonesOf(inputs).join()];
  if (from === to) return;
  throw invalid(
    `Provided subnets belong to the AZs '${to}'. But they should belong to the exact set of AZs '${from}' ` +
      "in which subnets were provided during cluster creation.",
  );
}

/** terraform-provider-aws' default for the deletion of a cluster (2026-11). */
const deletionSeconds = 15 * 60;

/** Auto Mode's nodes hang when their way out goes before them (aws-samples/appmod-blueprints#582). */
function leaving(name: string, subnetIds: string[], timeoutSeconds: number): () => boolean {
  const end = Date.now() + timeoutSeconds * 1000;
  return () => {
    const stranded = subnetIds.filter((id) => !hasWayOut(id));
    if (stranded.length > 0 && Date.now() > end) {
      const message = `waiting for EKS Cluster (${name}) delete: timeout while waiting for state to become 'DELETED'`;
      throw new AwsError(
        "DELETING",
        `${message}: its nodes can't leave ${stranded.join(", ")} without a way out`,
      );
    }
    return stranded.length === 0;
  };
}

/** The group that EKS puts on the control plane's and the nodes' network interfaces. */
function makeClusterSecurityGroup(cluster: string, vpcId: string): string {
  const group = {
    ...newSecurityGroup(`eks-cluster-sg-${cluster}-${derived(cluster, 8)}`, vpcId),
    vpcId,
    description:
      "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes",
    revokeRulesOnDelete: false,
    tags: { [`kubernetes.io/cluster/${cluster}`]: "owned" },
  };
  securityGroups.put(group);
  return group.id;
}

export const cluster = resourceType({
  token: "aws:eks/cluster:Cluster",
  invalid: "InvalidParameterException",
  table: clusters,
  properties: clusterProperties,
  check: checkCluster,
  computedFields: {
    vpcConfig: ["clusterSecurityGroupId", "vpcId"],
    kubernetesNetworkConfig: ["ipFamily", "serviceIpv4Cidr"],
  },
  create(inputs) {
    const { name, version = newestVersion, vpcConfig, accessConfig, kubernetesNetworkConfig } = inputs;
    if (clusters.get(name)) {
      throw new AwsError("ResourceInUseException", `Cluster already exists with name: ${name}`);
    }
    const { vpcId } = refuse(inputs);
    const issuer = `https://oidc.eks.${region()}.amazonaws.com/id/${derived(name, 32).toUpperCase()}`;
    return {
      id: name,
      arn: arn("eks", `cluster/${name}`),
      createdAt: new Date().toISOString(),
      version,
      platformVersion: "eks.1",
      status: "ACTIVE",
      identities: [{ oidcs: [{ issuer }] }],
      accessConfig: {
        authenticationMode: "CONFIG_MAP",
        bootstrapClusterCreatorAdminPermissions: true,
        ...accessConfig,
      },
      kubernetesNetworkConfig: {
        ipFamily: "ipv4",
        serviceIpv4Cidr: "172.20.0.0/16",
        elasticLoadBalancing: { enabled: false },
        ...kubernetesNetworkConfig,
      },
      upgradePolicy: { supportType: "EXTENDED", ...inputs.upgradePolicy },
      vpcConfig: { publicAccessCidrs: ["0.0.0.0/0"], ...vpcConfig, vpcId },
    };
  },
  async start({ name, accessConfig, computeConfig, vpcConfig, enabledClusterLogTypes }) {
    const { endpoint, certificateAuthority } = await createCluster(name, {
      zones: zonesOf({ vpcConfig }),
      builtInPools: computeConfig?.nodePools ?? [],
      cidr: vpcs.expect(vpcConfig.vpcId ?? "").cidrBlock,
      callerArn,
      callerIsAdministrator: accessConfig.bootstrapClusterCreatorAdminPermissions ?? true,
    });
    if (enabledClusterLogTypes?.length) ensureLogGroup(`/aws/eks/${name}/cluster`);
    const clusterSecurityGroupId = makeClusterSecurityGroup(name, vpcConfig.vpcId ?? "");
    return {
      endpoint,
      certificateAuthority: { data: certificateAuthority },
      vpcConfig: { ...vpcConfig, clusterSecurityGroupId },
    };
  },
  update(current, inputs) {
    checkVersionUpdate(
      { ...current, upgradePolicy: inputs.upgradePolicy ?? current.upgradePolicy },
      inputs.version ?? current.version,
    );
    const modes = ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"];
    const [from, to] = [current, inputs].map(({ accessConfig }) => accessConfig?.authenticationMode);
    if (from && to && modes.indexOf(to) < modes.indexOf(from)) {
      throw new AwsError(
        "InvalidRequestException",
        `Unsupported authentication mode update from ${from} to ${to}`,
      );
    }
    const [oldKey, newKey] = [current, inputs].map(
      ({ encryptionConfig }) => encryptionConfig?.provider.keyArn,
    );
    if (oldKey && oldKey !== newKey)
      throw invalid(`encryptionConfig of ${current.name} is for ever ${oldKey}`);
    if (refuse(inputs).vpcId !== current.vpcConfig.vpcId) {
      throw invalid(`The subnets must stay in ${current.vpcConfig.vpcId}`);
    }
    refuseOtherZones(current, inputs);
  },
  async change(current, { version = current.version, computeConfig }) {
    recordVersionUpdate(current, version);
    chooseBuiltInPools(current.name, computeConfig?.nodePools ?? []);
  },
  delete({ name, deletionProtection }) {
    if (!deletionProtection) return;
    const message = `Cluster ${name} has deletion protection enabled; set deletionProtection: false first`;
    throw new AwsError("InvalidRequestException", message);
  },
  async stop({ name, vpcConfig }, timeoutSeconds) {
    await deleteCluster(name, leaving(name, vpcConfig.subnetIds, timeoutSeconds || deletionSeconds));
    forgetVersionUpdates(name);
    if (vpcConfig.clusterSecurityGroupId) securityGroups.remove(vpcConfig.clusterSecurityGroupId);
  },
});

/** The cluster, if its access is managed by access entries. */
export function expectAccessEntries(name: string): Cluster {
  const found = clusters.expect(name);
  const mode = found.accessConfig.authenticationMode;
  if (mode === "CONFIG_MAP") {
    const message = `The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP]; got ${mode}`;
    throw new AwsError("InvalidRequestException", message);
  }
  return found;
}
