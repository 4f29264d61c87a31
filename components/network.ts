import { DefaultSecurityGroup } from "@pulumi/aws/ec2/defaultSecurityGroup.js";
import { Eip } from "@pulumi/aws/ec2/eip.js";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway.js";
import { NatGateway } from "@pulumi/aws/ec2/natGateway.js";
import { Route, type RouteArgs } from "@pulumi/aws/ec2/route.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones.js";
import * as pulumi from "@pulumi/pulumi";
import { carve, type ZoneCidrs } from "./subnets.ts";

export interface NetworkArgs {
  /** Addresses of the VPC: a /16. */
  cidr: string;
  /** How many availability zones to use, two or three. */
  zones: number;
  /** One NAT gateway for all, or one in each zone. */
  natGateways: "one" | "per-zone";
}

interface Zone extends ZoneCidrs {
  number: number;
  name: pulumi.Input<string | undefined>;
}

/** A VPC whose zones each have a public subnet, a private one for pods, and one for the database. */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  readonly publicSubnetIds: pulumi.Output<string[]>;
  readonly privateSubnetIds: pulumi.Output<string[]>;
  readonly databaseSubnetIds: pulumi.Output<string[]>;
  /** Of the VPC. */
  readonly cidr: string;
  /** Of the subnets of each kind. */
  readonly cidrs: Readonly<Record<keyof ZoneCidrs, readonly string[]>>;
  /** What public subnets need to be reached from the internet. */
  readonly ingress: pulumi.Resource[];
  /** What private subnets need to reach the internet, and nodes to pull images and to leave. */
  readonly egress: pulumi.Resource[];

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Network", name, {}, opts);
    const child = { parent: this };

    const vpc = new Vpc(
      `${name}-vpc`,
      { cidrBlock: args.cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: { Name: name } },
      child,
    );
    // AWS' own lets everything that names no group talk to each other.
    new DefaultSecurityGroup(`${name}-default`, { vpcId: vpc.id }, child);

    const zones = chooseZones(args, this);
    const subnets = (kind: keyof ZoneCidrs, tags = {}) =>
      zones.map((zone) => subnet(`${name}-${kind}-${zone.number}`, vpc, zone, kind, tags, this));
    const publicSubnets = subnets("public", { "kubernetes.io/role/elb": "1" });
    const privateSubnets = subnets("private", { "kubernetes.io/role/internal-elb": "1" });
    // These stay with the VPC's main route table, which leads nowhere else.
    const databaseSubnets = subnets("database");

    const { gateway, ways } = openPublicSubnets(name, vpc, publicSubnets, this);
    this.ingress = ways;
    const exits = args.natGateways === "one" ? publicSubnets.slice(0, 1) : publicSubnets;
    this.egress = openPrivateSubnets(name, vpc, privateSubnets, exits, gateway, this);

    this.cidr = args.cidr;
    this.vpcId = vpc.id;
    this.publicSubnetIds = ids(publicSubnets);
    this.privateSubnetIds = ids(privateSubnets);
    this.databaseSubnetIds = ids(databaseSubnets);
    this.cidrs = {
      public: zones.map((zone) => zone.public),
      private: zones.map((zone) => zone.private),
      database: zones.map((zone) => zone.database),
    };
    this.registerOutputs();
  }
}

/** Zones that take no EKS control plane: "Subnet requirements for clusters" in AWS' EKS user guide, 2026-11. */
const WITHOUT_EKS = ["use1-az3", "usw1-az2", "cac1-az3"];

function chooseZones(args: NetworkArgs, parent: Network): Zone[] {
  // Local zones, once opted in, are listed too, but hold neither NAT gateways nor EKS.
  const filters = [{ name: "opt-in-status", values: ["opt-in-not-required"] }];
  const available = getAvailabilityZonesOutput(
    { state: "available", filters, excludeZoneIds: WITHOUT_EKS },
    { parent },
  );
  return carve(args.cidr)
    .slice(0, args.zones)
    .map((cidrs, index) => ({
      ...cidrs,
      number: index + 1,
      name: available.names.apply((names) => zoneName(names, index)),
    }));
}

function zoneName(names: string[], index: number): string {
  const name = names[index];
  if (name) return name;
  throw new pulumi.RunError(
    `networkZones: got ${index + 1} or more; allowed: at most the ${names.length} zones of this region that the ` +
      `account may use (${names.join(", ")}); fix: pulumi config set networkZones ${names.length}`,
  );
}

function subnet(
  name: string,
  vpc: Vpc,
  zone: Zone,
  kind: keyof ZoneCidrs,
  tags: Record<string, string>,
  parent: Network,
): Subnet {
  return new Subnet(
    name,
    { vpcId: vpc.id, cidrBlock: zone[kind], availabilityZone: zone.name, tags: { ...tags, Name: name } },
    // A zone with an outage isn't listed as available: the ones after it would move up.
    { parent, ignoreChanges: ["availabilityZone"] },
  );
}

function openPublicSubnets(
  name: string,
  vpc: Vpc,
  subnets: Subnet[],
  parent: Network,
): { gateway: InternetGateway; ways: pulumi.Resource[] } {
  const child = { parent };
  const gateway = new InternetGateway(`${name}-gateway`, { vpcId: vpc.id, tags: { Name: name } }, child);
  const table = routeTable(`${name}-public`, vpc, { gatewayId: gateway.id }, parent);
  const associations = subnets.map((subnet, index) =>
    associate(`${name}-public-${index + 1}`, subnet, table.id, parent),
  );
  return { gateway, ways: [table.route, ...associations] };
}

function openPrivateSubnets(
  name: string,
  vpc: Vpc,
  subnets: Subnet[],
  exits: Subnet[],
  gateway: InternetGateway,
  parent: Network,
): pulumi.Resource[] {
  const tables = exits.map((exit, index) => {
    const suffix = `${name}-nat-${index + 1}`;
    const address = new Eip(suffix, { domain: "vpc", tags: { Name: suffix } }, { parent });
    const nat = new NatGateway(
      suffix,
      { subnetId: exit.id, allocationId: address.id, tags: { Name: suffix } },
      { parent, dependsOn: gateway },
    );
    return routeTable(`${name}-private-${index + 1}`, vpc, { natGatewayId: nat.id }, parent);
  });
  const associations = subnets.map((subnet, index) => {
    const table = tables[index % tables.length] as (typeof tables)[number];
    return associate(`${name}-private-${index + 1}`, subnet, table.id, parent);
  });
  return [...tables.map(({ route }) => route), ...associations];
}

/** A route table whose one route leads to the internet. */
function routeTable(
  name: string,
  vpc: Vpc,
  exit: Pick<RouteArgs, "gatewayId" | "natGatewayId">,
  parent: Network,
): { id: pulumi.Output<string>; route: Route } {
  const table = new RouteTable(name, { vpcId: vpc.id, tags: { Name: name } }, { parent });
  const route = new Route(
    name,
    { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", ...exit },
    { parent },
  );
  return { id: table.id, route };
}

function associate(name: string, subnet: Subnet, routeTableId: pulumi.Input<string>, parent: Network) {
  return new RouteTableAssociation(name, { subnetId: subnet.id, routeTableId }, { parent });
}

function ids(subnets: Subnet[]): pulumi.Output<string[]> {
  return pulumi.all(subnets.map(({ id }) => id));
}
