// What AWS refuses, the emulator refuses with the same error code.
import { describe, expect, it } from "vitest";
import * as engines from "./engines.ts";
import { check, create, destroy, type Outputs, provider, unknown, update, urn } from "./harness.ts";
import {
  clusterInputs,
  createClusterRole,
  createNetwork,
  createRole,
  instanceInputs,
  type Network,
  trust,
} from "./world.ts";

const roleType = "iam/role:Role";
const attachmentType = "iam/rolePolicyAttachment:RolePolicyAttachment";
const ruleType = "vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const clusterType = "eks/cluster:Cluster";
const instanceType = "rds/instance:Instance";
const parameterGroupType = "rds/parameterGroup:ParameterGroup";
const secretType = "secretsmanager/secret:Secret";
const anyone = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: "*" }],
};

describe("in a preview", () => {
  it.each<[string, string, Outputs, string]>([
    [
      "an unknown property",
      "ec2/vpc:Vpc",
      { cidrBlock: "10.0.0.0/16", region: "x" },
      "UnknownProperty: the emulator doesn't know region",
    ],
    ["a missing one", "ec2/vpc:Vpc", {}, "MissingParameter: cidrBlock is required"],
    [
      "a wrong type",
      "ec2/vpc:Vpc",
      { cidrBlock: "10.0.0.0/16", enableDnsSupport: "yes" },
      "InvalidParameterValue: enableDnsSupport must be a boolean",
    ],
    ["a VPC larger than /16", "ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/8" }, "InvalidVpc.Range"],
    ["host bits", "ec2/vpc:Vpc", { cidrBlock: "10.0.0.1/16" }, "InvalidVpc.Range"],
    [
      "a reserved tag",
      "ec2/vpc:Vpc",
      { cidrBlock: "10.0.0.0/16", tags: { "aws:a": "b" } },
      "InvalidParameterValue: tags",
    ],
    [
      "a subnet smaller than /28",
      "ec2/subnet:Subnet",
      { vpcId: "v", cidrBlock: "10.0.0.0/29" },
      "InvalidSubnet.Range",
    ],
    [
      "a public NAT gateway without an address",
      "ec2/natGateway:NatGateway",
      { subnetId: "s" },
      "InvalidParameterCombination",
    ],
    [
      "a route to nowhere",
      "ec2/route:Route",
      { routeTableId: "r", destinationCidrBlock: "0.0.0.0/0" },
      "InvalidParameterCombination",
    ],
    [
      "a route to two targets",
      "ec2/route:Route",
      { routeTableId: "r", destinationCidrBlock: "0.0.0.0/0", gatewayId: unknown, natGatewayId: unknown },
      "InvalidParameterCombination",
    ],
    [
      "a rule without a source",
      ruleType,
      { securityGroupId: "s", ipProtocol: "tcp", fromPort: 1, toPort: 1 },
      "InvalidParameterCombination",
    ],
    [
      "ports the wrong way round",
      ruleType,
      { securityGroupId: "s", cidrIpv4: "0.0.0.0/0", ipProtocol: "tcp", fromPort: 2, toPort: 1 },
      "InvalidParameterValue",
    ],
    [
      "a group's name like an id",
      "ec2/securityGroup:SecurityGroup",
      { vpcId: "v", name: "sg-1" },
      "InvalidParameterValue: name",
    ],
    [
      "a role's name of 65 characters",
      roleType,
      { name: "a".repeat(65), assumeRolePolicy: anyone },
      "ValidationError: name",
    ],
    [
      "a policy that is no JSON",
      roleType,
      { assumeRolePolicy: "{" },
      "ValidationError: assumeRolePolicy must be a json",
    ],
    [
      "a trust policy without principals",
      roleType,
      { assumeRolePolicy: { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*" } } },
      "MalformedPolicyDocument",
    ],
    [
      "an identity policy without resources",
      "iam/policy:Policy",
      { policy: { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*" } } },
      "MalformedPolicyDocument",
    ],
    [
      "a key policy that locks everybody out",
      "kms/key:Key",
      { policy: trust("logs.amazonaws.com", "kms:*") },
      "MalformedPolicyDocumentException",
    ],
    [
      "an alias without its prefix",
      "kms/alias:Alias",
      { name: "service", targetKeyId: "k" },
      "InvalidAliasNameException",
    ],
    [
      "a retention that CloudWatch doesn't offer",
      "cloudwatch/logGroup:LogGroup",
      { retentionInDays: 15 },
      "InvalidParameterException: retentionInDays",
    ],
    [
      "a repository in capitals",
      "ecr/repository:Repository",
      { name: "Service" },
      "InvalidParameterException: name",
    ],
    [
      "a lifecycle rule that isn't complete",
      "ecr/lifecyclePolicy:LifecyclePolicy",
      {
        repository: "r",
        policy: {
          rules: [{ rulePriority: 1, action: { type: "expire" }, selection: { tagStatus: "tagged" } }],
        },
      },
      "InvalidParameterException: Lifecycle policy validation failure: tagPrefixList",
    ],
    [
      "a parameter that RDS doesn't have",
      parameterGroupType,
      { family: "postgres17", parameters: [{ name: "fsync", value: "off" }] },
      "InvalidParameterValue: parameters[0].name",
    ],
    [
      "a static parameter at once",
      parameterGroupType,
      { family: "postgres17", parameters: [{ name: "max_connections", value: "9" }] },
      "InvalidParameterCombination",
    ],
    [
      "a recovery window of 3 days",
      secretType,
      { recoveryWindowInDays: 3 },
      "InvalidParameterException: recoveryWindowInDays",
    ],
  ])("%s", async (_what, type, inputs, message) => {
    await expect(check(type, inputs)).rejects.toThrow(message);
  });

  it("no value that another resource has yet to compute", async () => {
    const inputs = { vpcId: unknown, cidrBlock: unknown, tags: { Name: unknown } };
    await expect(check("ec2/subnet:Subnet", inputs)).resolves.toMatchObject(inputs);
    await expect(check(roleType, { assumeRolePolicy: unknown })).resolves.toBeDefined();
  });

  it.each<[string, Outputs, string]>([
    [
      "half of Auto Mode",
      { storageConfig: undefined },
      "InvalidParameterException: For EKS Auto Mode all of these",
    ],
    ["Auto Mode with aws-auth", { accessConfig: undefined }, "authenticationMode"],
    ["Auto Mode with add-ons of its own", { bootstrapSelfManagedAddons: true }, "bootstrapSelfManagedAddons"],
    ["a version that EKS doesn't have", { version: "1.20" }, "InvalidParameterException: version"],
    ["a name that starts with a hyphen", { name: "-service" }, "InvalidParameterException: name"],
    [
      "a cluster without an endpoint",
      { vpcConfig: { subnetIds: ["a", "b"], endpointPublicAccess: false } },
      "Private and public endpoint access",
    ],
    [
      "a log that EKS doesn't have",
      { enabledClusterLogTypes: ["kubelet"] },
      "InvalidParameterException: enabledClusterLogTypes[0]",
    ],
  ])("of a cluster: %s", async (_what, change, message) => {
    const inputs = await clusterInputs(await createNetwork());
    await expect(check(clusterType, { ...inputs, ...change })).rejects.toThrow(message);
  });

  it.each<[string, Outputs, string]>([
    ["an identifier in capitals", { identifier: "Service" }, "InvalidParameterValue: identifier"],
    ["an identifier with two hyphens", { identifier: "a--b" }, "InvalidParameterValue: identifier"],
    ["a database name with a hyphen", { dbName: "my-db" }, "InvalidParameterValue: dbName"],
    ["a reserved user", { username: "admin" }, "InvalidParameterValue: username"],
    ["an unknown class", { instanceClass: "db.t2.tiny" }, "InvalidParameterValue: instanceClass"],
    [
      "a version that RDS doesn't have",
      { engineVersion: "17.99" },
      "InvalidParameterCombination: engineVersion",
    ],
    [
      "autoscaling below the storage",
      { maxAllocatedStorage: 20 },
      "InvalidParameterCombination: Max storage size",
    ],
    ["monitoring without a role", { monitoringInterval: 60 }, "InvalidParameterCombination"],
    [
      "a retention of insights that RDS doesn't offer",
      { performanceInsightsEnabled: true, performanceInsightsRetentionPeriod: 8 },
      "InvalidParameterValue: performanceInsights",
    ],
  ])("of a database: %s", async (_what, change, message) => {
    const inputs = await instanceInputs(await createNetwork());
    await expect(check(instanceType, { ...inputs, ...change })).rejects.toThrow(message);
  });
});

describe("at creation", () => {
  type Attempt = (network: Network) => Promise<unknown>;

  it.each<[string, string, Attempt]>([
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

describe("at an update", () => {
  it.each([
    [
      "two minor versions up",
      { version: "1.33" },
      { version: "1.35" },
      "Unsupported Kubernetes minor version update from 1.33 to 1.35",
    ],
    [
      "a version down",
      { version: "1.34" },
      { version: "1.33" },
      "Unsupported Kubernetes minor version update",
    ],
  ])("of a cluster: %s", async (_what, before, after, message) => {
    const inputs = await clusterInputs(await createNetwork());
    const cluster = await create(clusterType, { ...inputs, ...before });
    await expect(update(clusterType, cluster, { ...inputs, ...after })).rejects.toThrow(message);
  });

  it.each([
    ["an older minor version", { engineVersion: "17.9" }, "Cannot upgrade postgres from 17.10 to 17.9"],
    ["a major version without the flag", { engineVersion: "18" }, "AllowMajorVersionUpgrade"],
    ["less storage", { allocatedStorage: 20 }, "Requested storage size 20"],
  ])("of a database: %s", async (_what, after, message) => {
    const inputs = { ...(await instanceInputs(await createNetwork())), allocatedStorage: 30 };
    const instance = await create(instanceType, inputs);
    await expect(update(instanceType, instance, { ...inputs, ...after })).rejects.toThrow(message);
  });
});

describe("at deletion", () => {
  it("a VPC, subnet and security group in use", async () => {
    const network = await createNetwork();
    const { vpc, subnets, securityGroup } = network;
    await create(instanceType, await instanceInputs(network));
    await expect(destroy("ec2/vpc:Vpc", vpc)).rejects.toThrow(/^DependencyViolation: The vpc .* subnet-/);
    await expect(destroy("ec2/subnet:Subnet", subnets[0] ?? {})).rejects.toThrow(
      /^DependencyViolation: .*subnetGroup/,
    );
    await expect(destroy("ec2/securityGroup:SecurityGroup", securityGroup)).rejects.toThrow(
      /^DependencyViolation/,
    );
    const group = { id: "service" };
    await expect(destroy("rds/subnetGroup:SubnetGroup", group)).rejects.toThrow(
      /^InvalidDBSubnetGroupStateFault/,
    );
    await expect(destroy(parameterGroupType, group)).rejects.toThrow(/^InvalidDBParameterGroupState/);
  });

  it("a security group that another one's rule names, and not one with rules of its own", async () => {
    const { vpc, securityGroup } = await createNetwork();
    const other = await create("ec2/securityGroup:SecurityGroup", { vpcId: vpc.id, name: "other" });
    const rule = { ipProtocol: "tcp", fromPort: 80, toPort: 80 };
    await create(ruleType, {
      ...rule,
      securityGroupId: other.id,
      referencedSecurityGroupId: securityGroup.id,
    });
    await expect(destroy("ec2/securityGroup:SecurityGroup", securityGroup)).rejects.toThrow(
      /^DependencyViolation/,
    );
    await destroy("ec2/securityGroup:SecurityGroup", other);
  });

  it("an address and an internet gateway behind a NAT gateway", async () => {
    const { vpc, subnets } = await createNetwork();
    const gateway = await create("ec2/internetGateway:InternetGateway", { vpcId: vpc.id });
    const eip = await create("ec2/eip:Eip", { domain: "vpc" });
    await create("ec2/natGateway:NatGateway", { subnetId: subnets[0]?.id, allocationId: eip.id });
    await expect(destroy("ec2/eip:Eip", eip)).rejects.toThrow(/^InvalidIPAddress.InUse/);
    await expect(destroy("ec2/internetGateway:InternetGateway", gateway)).rejects.toThrow(
      /^DependencyViolation/,
    );
  });

  it("a role with policies, or that a cluster has", async () => {
    const inputs = await clusterInputs(await createNetwork());
    await expect(destroy(roleType, { id: "cluster" })).rejects.toThrow(/^DeleteConflict/);
    await create(clusterType, inputs);
    await expect(destroy(roleType, { id: "node" })).rejects.toThrow(/^DeleteConflict/);
  });

  it("a repository with images, unless forceDelete", async () => {
    engines.listImages.mockResolvedValue(["sha256:1"]);
    const kept = await create("ecr/repository:Repository", { name: "kept" });
    const repository = "ecr/repository:Repository";
    await expect(destroy(repository, kept)).rejects.toThrow(/^RepositoryNotEmptyException/);
    await destroy(repository, await create(repository, { name: "dropped", forceDelete: true }));
    expect(engines.deleteRepository).toHaveBeenCalledExactlyOnceWith("dropped");
  });

  it("a protected database or cluster, and a database without a word on its final snapshot", async () => {
    const network = await createNetwork();
    const inputs = await instanceInputs(network);
    const instance = await create(instanceType, { ...inputs, deletionProtection: true });
    await expect(destroy(instanceType, instance)).rejects.toThrow(
      /^InvalidParameterCombination: Cannot delete protected/,
    );
    await update(instanceType, instance, { ...inputs, skipFinalSnapshot: false });
    await expect(destroy(instanceType, instance)).rejects.toThrow(/FinalDBSnapshotIdentifier is required/);
    const cluster = await create(clusterType, {
      ...(await clusterInputs(network)),
      deletionProtection: true,
    });
    await expect(destroy(clusterType, cluster)).rejects.toThrow(/^InvalidRequestException/);
    expect(engines.deleteInstance).not.toHaveBeenCalled();
    expect(engines.deleteCluster).not.toHaveBeenCalled();
  });
});

describe("always", () => {
  it("a type, a function and an argument that it doesn't know", async () => {
    await expect(check("s3/bucket:Bucket", {})).rejects.toThrow(
      "the emulator doesn't know aws:s3/bucket:Bucket",
    );
    await expect(provider.invoke("aws:ec2/getAmi:getAmi", {})).rejects.toThrow("doesn't know aws:ec2/getAmi");
    const zones = "aws:index/getAvailabilityZones:getAvailabilityZones";
    await expect(provider.invoke(zones, { filters: [] })).rejects.toThrow(
      "doesn't know the argument filters",
    );
    const { outputs } = await provider.invoke(zones, { state: "available" });
    expect(outputs).toMatchObject({
      names: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
      zoneIds: ["euc1-az1", "euc1-az2", "euc1-az3"],
    });
  });

  it("an update of what is gone", async () => {
    const change = provider.update("vpc-0", urn("ec2/vpc:Vpc"), {}, { cidrBlock: "10.0.0.0/16" });
    await expect(change).rejects.toThrow("InvalidVpcID.NotFound");
  });
});
