import { describe, expect, it, vi } from "vitest";
import { create, destroy } from "./harness.ts";
import {
  clusterInputs,
  createClusterRole,
  createNetwork,
  createRole,
  instanceInputs,
  type Network,
} from "./world.ts";

const attachmentType = "iam/rolePolicyAttachment:RolePolicyAttachment";
const ruleType = "vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const clusterType = "eks/cluster:Cluster";
const instanceType = "rds/instance:Instance";
const secretType = "secretsmanager/secret:Secret";

/** An identity policy of that many characters, and of white space. */
function policyOf(length: number): string {
  const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "" };
  const document = () => ({ Version: "2012-10-17", Statement: [statement] });
  statement.Resource = "x".repeat(length - JSON.stringify(document()).length);
  return JSON.stringify(document(), undefined, 2);
}

describe("the emulated AWS refuses at creation", () => {
  type Attempt = (network: Network) => Promise<unknown>;

  it.each<[string, string, Attempt]>([
    [
      "monitoring by a role that may not write what RDS measures",
      "required permissions for: ENHANCED_MONITORING",
      async (network) => {
        const { arn } = await createRole("monitor", "monitoring.rds.amazonaws.com", "sts:AssumeRole");
        await create(instanceType, {
          ...(await instanceInputs(network)),
          ...{ monitoringInterval: 60, monitoringRoleArn: arn },
        });
      },
    ],
    [
      "a subnet outside its VPC",
      "InvalidSubnet.Range",
      ({ vpc }) => create("ec2/subnet:Subnet", { vpcId: vpc.id, cidrBlock: "10.1.0.0/24" }),
    ],
    [
      "overlapping subnets",
      "InvalidSubnet.Conflict: The CIDR '10.0.1.128/25' conflicts with another subnet",
      ({ vpc }) => create("ec2/subnet:Subnet", { vpcId: vpc.id, cidrBlock: "10.0.1.128/25" }),
    ],
    [
      "a zone of another region",
      "InvalidParameterValue",
      ({ vpc }) =>
        create("ec2/subnet:Subnet", {
          vpcId: vpc.id,
          cidrBlock: "10.0.8.0/24",
          availabilityZone: "us-east-1a",
        }),
    ],
    [
      "a VPC that doesn't exist",
      "InvalidVpcID.NotFound",
      () => create("ec2/routeTable:RouteTable", { vpcId: "vpc-0" }),
    ],
    [
      "a second internet gateway",
      "InvalidParameterValue: Network",
      async ({ vpc }) => {
        await create("ec2/internetGateway:InternetGateway", { vpcId: vpc.id });
        await create("ec2/internetGateway:InternetGateway", { vpcId: vpc.id });
      },
    ],
    [
      "a NAT gateway without an internet gateway",
      "Gateway.NotAttached",
      async ({ subnets: [subnet] }) => {
        const { id } = await create("ec2/eip:Eip", {});
        await create("ec2/natGateway:NatGateway", { subnetId: subnet?.id, allocationId: id });
      },
    ],
    [
      "two NAT gateways on one address",
      "Resource.AlreadyAssociated",
      async ({ vpc, subnets: [subnet] }) => {
        await create("ec2/internetGateway:InternetGateway", { vpcId: vpc.id });
        const { id } = await create("ec2/eip:Eip", {});
        await create("ec2/natGateway:NatGateway", { subnetId: subnet?.id, allocationId: id });
        await create("ec2/natGateway:NatGateway", { subnetId: subnet?.id, allocationId: id });
      },
    ],
    [
      "the same route twice",
      "RouteAlreadyExists",
      async ({ vpc }) => {
        const { id: gatewayId } = await create("ec2/internetGateway:InternetGateway", { vpcId: vpc.id });
        const { id: routeTableId } = await create("ec2/routeTable:RouteTable", { vpcId: vpc.id });
        await create("ec2/route:Route", { routeTableId, gatewayId, destinationCidrBlock: "0.0.0.0/0" });
        await create("ec2/route:Route", { routeTableId, gatewayId, destinationCidrBlock: "0.0.0.0/0" });
      },
    ],
    [
      "a subnet in two route tables",
      "Resource.AlreadyAssociated",
      async ({ vpc, subnets: [subnet] }) => {
        for (const _ of [1, 2]) {
          const { id: routeTableId } = await create("ec2/routeTable:RouteTable", { vpcId: vpc.id });
          await create("ec2/routeTableAssociation:RouteTableAssociation", {
            routeTableId,
            subnetId: subnet?.id,
          });
        }
      },
    ],
    [
      "two groups of one name",
      "InvalidGroup.Duplicate",
      ({ vpc }) => create("ec2/securityGroup:SecurityGroup", { vpcId: vpc.id, name: "service" }),
    ],
    [
      "the same rule twice",
      "InvalidPermission.Duplicate",
      async ({ securityGroup }) => {
        const rule = { securityGroupId: securityGroup.id, cidrIpv4: "10.0.0.0/16", ipProtocol: "-1" };
        await create(ruleType, rule);
        await create(ruleType, { ...rule, description: "again" });
      },
    ],
    [
      "an endpoint of another region's service",
      "InvalidServiceName",
      ({ vpc }) =>
        create("ec2/vpcEndpoint:VpcEndpoint", { vpcId: vpc.id, serviceName: "com.amazonaws.us-east-1.s3" }),
    ],
    [
      "two roles of one name",
      "EntityAlreadyExists",
      async () => {
        await createRole("a", "ec2.amazonaws.com", "sts:AssumeRole");
        await createRole("a", "ec2.amazonaws.com", "sts:AssumeRole");
      },
    ],
    [
      "a role for a service that doesn't exist",
      'MalformedPolicyDocument: Invalid principal in policy: "SERVICE":"tagging.amazonaws.com"',
      () => createRole("a", "tagging.amazonaws.com", "sts:AssumeRole"),
    ],
    [
      "a policy that is too long, white space not counted",
      "LimitExceeded: Cannot exceed quota for PolicySize: 6144",
      async () => {
        await create("iam/policy:Policy", { name: "a", policy: policyOf(6144) });
        await create("iam/policy:Policy", { name: "b", policy: policyOf(6145) });
      },
    ],
    [
      "a trust policy that is too long",
      "LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048",
      () => createRole("a", "ec2.amazonaws.com", ...Array.from({ length: 200 }, () => "sts:AssumeRole")),
    ],
    [
      "inline policies that are too long together",
      "LimitExceeded: Maximum policy size of 10240 bytes exceeded for role a",
      async () => {
        const { name: role } = await createRole("a", "ec2.amazonaws.com", "sts:AssumeRole");
        for (const name of ["one", "two"]) {
          await create("iam/rolePolicy:RolePolicy", { role, name, policy: policyOf(5121) });
        }
      },
    ],
    [
      "an eleventh policy on a role",
      "LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10",
      async () => {
        const { name: role } = await createRole("a", "ec2.amazonaws.com", "sts:AssumeRole");
        for (let count = 0; count < 11; count++) {
          const { arn: policyArn } = await create("iam/policy:Policy", {
            name: `p${count}`,
            policy: policyOf(100),
          });
          await create(attachmentType, { role, policyArn });
        }
      },
    ],
    [
      "an API that is open to private or documentation addresses",
      "InvalidParameterException: The following CIDRs are not allowed in publicAccessCidrs: [10.1.0.96/27, 203.0.113.0/24]",
      async (network) => {
        const inputs = await clusterInputs(network);
        const publicAccessCidrs = ["10.1.0.96/27", "8.8.8.0/24", "203.0.113.0/24"];
        await create(clusterType, { ...inputs, vpcConfig: { ...inputs.vpcConfig, publicAccessCidrs } });
      },
    ],
    [
      "more addresses than an account has",
      "AddressLimitExceeded: The maximum number of addresses has been reached.",
      async () => {
        for (let count = 0; count < 6; count++) await create("ec2/eip:Eip", {});
      },
    ],
    [
      "more networks than an account has",
      "VpcLimitExceeded: The maximum number of VPCs has been reached.",
      async () => {
        for (let count = 1; count < 6; count++)
          await create("ec2/vpc:Vpc", { cidrBlock: `10.${count}.0.0/16` });
      },
    ],
    [
      "more NAT gateways than a zone has",
      "NatGatewayLimitExceeded: Performing this operation would exceed the limit of 5 NAT gateways",
      async ({ subnets: [first, second] }) => {
        const inputs = { connectivityType: "private" };
        await create("ec2/natGateway:NatGateway", { ...inputs, subnetId: second?.id });
        for (let count = 0; count < 6; count++)
          await create("ec2/natGateway:NatGateway", { ...inputs, subnetId: first?.id });
      },
    ],
    [
      "a managed policy that isn't",
      "NoSuchEntity",
      async () => {
        const role = await createRole("a", "ec2.amazonaws.com", "sts:AssumeRole");
        await create(attachmentType, {
          role: role.id,
          policyArn: "arn:aws:iam::aws:policy/AmazonEKSEverything",
        });
      },
    ],
    [
      "an alias of no key",
      "NotFoundException",
      () => create("kms/alias:Alias", { name: "alias/a", targetKeyId: "k" }),
    ],
    [
      "a key that CloudWatch Logs may not use",
      "AccessDeniedException",
      async () => {
        const { arn: kmsKeyId } = await create("kms/key:Key", {});
        await create("cloudwatch/logGroup:LogGroup", { name: "a", kmsKeyId });
      },
    ],
    [
      "two repositories of one name",
      "RepositoryAlreadyExistsException",
      async () => {
        await create("ecr/repository:Repository", { name: "service" });
        await create("ecr/repository:Repository", { name: "service" });
      },
    ],
    [
      "a secret whose name is in its recovery window",
      "InvalidRequestException",
      async () => {
        await destroy(secretType, await create(secretType, { name: "a" }));
        await create(secretType, { name: "a" });
      },
    ],
    [
      "a subnet group in one zone",
      "DBSubnetGroupDoesNotCoverEnoughAZs",
      ({ subnets: [subnet] }) =>
        create("rds/subnetGroup:SubnetGroup", { name: "a", subnetIds: [subnet?.id] }),
    ],
    [
      "a parameter group of another version",
      "InvalidParameterCombination: The parameter group",
      async (network) => {
        const inputs = await instanceInputs(network);
        await create(instanceType, { ...inputs, engineVersion: "16" });
      },
    ],
    [
      "a database in another VPC's security group",
      "InvalidParameterValue: The security group",
      async (network) => {
        const inputs = await instanceInputs(network);
        const vpc = await create("ec2/vpc:Vpc", { cidrBlock: "10.9.0.0/16" });
        const group = await create("ec2/securityGroup:SecurityGroup", { vpcId: vpc.id, name: "far" });
        await create(instanceType, { ...inputs, vpcSecurityGroupIds: [group.id] });
      },
    ],
    [
      "a cluster in one zone",
      "InvalidParameterException: Subnets must cover at least two zones",
      async (network) => {
        const inputs = await clusterInputs(network);
        const subnetIds = [network.subnets[0]?.id];
        await create(clusterType, { ...inputs, vpcConfig: { subnetIds } });
      },
    ],
    [
      "two clusters of one name",
      "ResourceInUseException",
      async (network) => {
        const inputs = await clusterInputs(network);
        await create(clusterType, inputs);
        await create(clusterType, inputs);
      },
    ],
    [
      "a cluster role without sts:TagSession",
      "InvalidParameterException: The trust policy of",
      async (network) => {
        const inputs = await clusterInputs(network);
        const role = await createRole("untagged", "eks.amazonaws.com", "sts:AssumeRole");
        await create(clusterType, { ...inputs, roleArn: role.arn });
      },
    ],
    [
      "a node role that EC2 may not assume",
      "InvalidParameterException: The trust policy of",
      async (network) => {
        const inputs = await clusterInputs(network);
        const computeConfig = { ...inputs.computeConfig, nodeRoleArn: inputs.roleArn };
        await create(clusterType, { ...inputs, computeConfig });
      },
    ],
    [
      "a workload's role that pods may not assume",
      "InvalidParameterException: The trust policy of",
      async (network) => {
        const { name: clusterName } = await create(clusterType, await clusterInputs(network));
        const role = await createRole("app", "pods.eks.amazonaws.com", "sts:AssumeRole");
        const association = { clusterName, namespace: "app", serviceAccount: "app", roleArn: role.arn };
        await create("eks/podIdentityAssociation:PodIdentityAssociation", association);
      },
    ],
    [
      "an access entry for the creator",
      "ResourceInUseException",
      async (network) => {
        const { name: clusterName } = await create(clusterType, await clusterInputs(network));
        const principalArn = "arn:aws:iam::000000000000:user/emulator";
        await create("eks/accessEntry:AccessEntry", { clusterName, principalArn });
      },
    ],
    [
      "an access policy without an entry",
      "ResourceNotFoundException",
      async (network) => {
        const { name: clusterName } = await create(clusterType, await clusterInputs(network));
        await create("eks/accessPolicyAssociation:AccessPolicyAssociation", {
          clusterName,
          principalArn: "arn:aws:iam::111111111111:role/admin",
          policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
          accessScope: { type: "cluster" },
        });
      },
    ],
  ])("%s", async (_what, message, attempt) => {
    await expect(attempt(await createNetwork())).rejects.toThrow(message);
  });

  it("quotas are those of a region, and what is deleted frees its place", async () => {
    const eips = [];
    for (let count = 0; count < 5; count++) eips.push(await create("ec2/eip:Eip", {}));
    vi.stubEnv("AWS_REGION", "eu-west-1");
    await create("ec2/eip:Eip", {});
    vi.stubEnv("AWS_REGION", "eu-central-1");
    await destroy("ec2/eip:Eip", eips[0] ?? {});
    await create("ec2/eip:Eip", {});
    await expect(create("ec2/eip:Eip", {})).rejects.toThrow("AddressLimitExceeded");
  });

  it("a cluster role without its managed policies, by name", async () => {
    const network = await createNetwork();
    const role = await createClusterRole(["Cluster", "Compute"]);
    const inputs = {
      name: "a",
      roleArn: role.arn,
      vpcConfig: { subnetIds: network.subnets.map(({ id }) => id) },
    };
    const autoMode = {
      bootstrapSelfManagedAddons: false,
      accessConfig: { authenticationMode: "API" },
      computeConfig: { enabled: true },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
      storageConfig: { blockStorage: { enabled: true } },
    };
    const lacks =
      "lacks AmazonEKSBlockStoragePolicy, AmazonEKSLoadBalancingPolicy, AmazonEKSNetworkingPolicy";
    await expect(create(clusterType, { ...inputs, ...autoMode })).rejects.toThrow(lacks);
  });
});
