// What most resources need around them.
import { create, type Outputs } from "./harness.ts";

export const trust = (service: string, ...actions: string[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: service }, Action: actions }],
  });

export interface Network {
  vpc: Outputs;
  /** One in each of two zones. */
  subnets: Outputs[];
  securityGroup: Outputs;
}

export async function createNetwork(): Promise<Network> {
  const vpc = await create("ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16", enableDnsHostnames: true });
  const subnets: Outputs[] = [];
  for (const [index, zone] of ["a", "b"].entries()) {
    const cidrBlock = `10.0.${index}.0/24`;
    subnets.push(
      await create("ec2/subnet:Subnet", {
        vpcId: vpc.id,
        cidrBlock,
        availabilityZone: `eu-central-1${zone}`,
      }),
    );
  }
  const securityGroup = await create("ec2/securityGroup:SecurityGroup", { vpcId: vpc.id, name: "service" });
  return { vpc, subnets, securityGroup };
}

/** Of all subnets, through one NAT gateway in the first. */
export async function createWayOut({
  vpc,
  subnets,
}: Network): Promise<{ gateway: Outputs; nat: Outputs; route: Outputs }> {
  const gateway = await create("ec2/internetGateway:InternetGateway", { vpcId: vpc.id });
  const address = await create("ec2/eip:Eip", {});
  const nat = await create("ec2/natGateway:NatGateway", {
    subnetId: subnets[0]?.id,
    allocationId: address.id,
  });
  const { id: routeTableId } = await create("ec2/routeTable:RouteTable", { vpcId: vpc.id });
  for (const { id: subnetId } of subnets) {
    await create("ec2/routeTableAssociation:RouteTableAssociation", { routeTableId, subnetId });
  }
  const route = await create("ec2/route:Route", {
    ...{ routeTableId, natGatewayId: nat.id, destinationCidrBlock: "0.0.0.0/0" },
  });
  return { gateway, nat, route };
}

export const createRole = (name: string, service: string, ...actions: string[]) =>
  create("iam/role:Role", { name, assumeRolePolicy: trust(service, ...actions) });

export async function createClusterRole(policies?: string[]): Promise<Outputs> {
  const role = await createRole("cluster", "eks.amazonaws.com", "sts:AssumeRole", "sts:TagSession");
  for (const kind of policies ?? ["Cluster", "Compute", "BlockStorage", "LoadBalancing", "Networking"]) {
    await create("iam/rolePolicyAttachment:RolePolicyAttachment", {
      role: role.id,
      policyArn: `arn:aws:iam::aws:policy/AmazonEKS${kind}Policy`,
    });
  }
  return role;
}

/** The inputs of a cluster in Auto Mode, with everything that it needs made. */
export async function clusterInputs({ subnets }: Network): Promise<Outputs> {
  const role = await createClusterRole();
  const nodeRole = await createRole("node", "ec2.amazonaws.com", "sts:AssumeRole");
  return {
    name: "service",
    version: "1.34",
    roleArn: role.arn,
    bootstrapSelfManagedAddons: false,
    accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
    computeConfig: { enabled: true, nodePools: ["system", "general-purpose"], nodeRoleArn: nodeRole.arn },
    kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
    storageConfig: { blockStorage: { enabled: true } },
    vpcConfig: { subnetIds: subnets.map(({ id }) => id), endpointPrivateAccess: true },
  };
}

/** The inputs of a database instance, with everything that it needs made. */
export async function instanceInputs({ subnets, securityGroup }: Network): Promise<Outputs> {
  const subnetIds = subnets.map(({ id }) => id);
  const subnetGroup = await create("rds/subnetGroup:SubnetGroup", { name: "service", subnetIds });
  const parameterGroup = await create("rds/parameterGroup:ParameterGroup", {
    name: "service",
    family: "postgres17",
    parameters: [{ name: "rds.force_ssl", value: "1" }],
  });
  return {
    identifier: "service",
    engine: "postgres",
    engineVersion: "17",
    instanceClass: "db.t4g.small",
    allocatedStorage: 20,
    dbName: "service",
    username: "service",
    password: "correct-horse",
    dbSubnetGroupName: subnetGroup.name,
    parameterGroupName: parameterGroup.name,
    vpcSecurityGroupIds: [securityGroup.id],
    skipFinalSnapshot: true,
  };
}

/** With a way in from the internet. */
export async function openNetwork(): Promise<Network> {
  const network = await createNetwork();
  await create("ec2/internetGateway:InternetGateway", { vpcId: network.vpc.id });
  return network;
}

/** The inputs of a load balancer in it. */
export const balancer = ({ subnets, securityGroup }: Network, extra: Outputs = {}): Outputs => ({
  name: "way-in",
  subnets: subnets.map(({ id }) => id),
  securityGroups: [securityGroup.id],
  ...extra,
});

/** In the zone that the emulated account has. */
export const zoneId = "Z0EMULATEDEXAMPLECOM";

/** A certificate of that zone, validated by its record. */
export async function validatedCertificate(domainName: string): Promise<Outputs> {
  const certificate = await create("acm/certificate:Certificate", { domainName, validationMethod: "DNS" });
  const [option] = certificate.domainValidationOptions;
  await create("route53/record:Record", {
    ...{ zoneId, name: option.resourceRecordName, type: option.resourceRecordType, ttl: 60 },
    records: [option.resourceRecordValue],
  });
  await create("acm/certificateValidation:CertificateValidation", { certificateArn: certificate.arn });
  return certificate;
}
