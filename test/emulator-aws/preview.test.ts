import { describe, expect, it } from "vitest";
import { check, type Outputs, unknown } from "./harness.ts";
import { clusterInputs, createNetwork, instanceInputs, trust } from "./world.ts";

const roleType = "iam/role:Role";
const ruleType = "vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const clusterType = "eks/cluster:Cluster";
const instanceType = "rds/instance:Instance";
const parameterGroupType = "rds/parameterGroup:ParameterGroup";
const secretType = "secretsmanager/secret:Secret";
const anyone = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: "*" }],
};
const excluding = (...filters: string[]) => filters.map((filter) => ({ filter, filterType: "WILDCARD" }));

describe("the emulated AWS refuses in a preview", () => {
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
      "a trust policy with resources",
      roleType,
      {
        assumeRolePolicy: {
          Version: "2012-10-17",
          Statement: { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole", Resource: "*" },
        },
      },
      "MalformedPolicyDocument: Has prohibited field Resource",
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
      "an exclusion from tags' immutability that names none",
      "ecr/repository:Repository",
      { imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" },
      "InvalidParameterException: imageTagMutability IMMUTABLE_WITH_EXCLUSION needs imageTagMutabilityExclusionFilters; got 0",
    ],
    [
      "exclusions where nothing is excluded",
      "ecr/repository:Repository",
      { imageTagMutability: "IMMUTABLE", imageTagMutabilityExclusionFilters: excluding("a*") },
      "InvalidParameterException: imageTagMutability IMMUTABLE takes no imageTagMutabilityExclusionFilters; got 1",
    ],
    [
      "six exclusions",
      "ecr/repository:Repository",
      {
        imageTagMutability: "MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: excluding(..."abcdef"),
      },
      "allowed: at most 5 filters",
    ],
    [
      "an exclusion with three wildcards",
      "ecr/repository:Repository",
      {
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: excluding("*a*b*"),
      },
      "InvalidParameterException: imageTagMutabilityExclusionFilters[0].filter",
    ],
    [
      "an exclusion with another character",
      "ecr/repository:Repository",
      {
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters: excluding("feature/*"),
      },
      "InvalidParameterException: imageTagMutabilityExclusionFilters[0].filter",
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
