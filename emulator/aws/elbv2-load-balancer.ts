// lb.LoadBalancer: an Application Load Balancer.
import {
  publishLoadBalancers,
  removeLoadBalancer,
  startLoadBalancer,
  stopLoadBalancer,
} from "../engines/load-balancer.ts";
import { accountId, derived, nameFrom, region } from "./account.ts";
import { lengthOf } from "./cidr.ts";
import { refuseLogBucket } from "./elbv2-access-logs.ts";
import { type LoadBalancerInputs, loadBalancerProperties, loadBalancers } from "./elbv2-load-balancers.ts";
import { elbArn, invalid, newSuffix } from "./elbv2-names.ts";
import { AwsError } from "./errors.ts";
import { internetGateways } from "./gateways.ts";
import { resourceType } from "./resource.ts";
import { checkSecurityGroups } from "./security-groups.ts";
import { refuseWhileUsed } from "./store.ts";
import { defaultSecurityGroups, subnets } from "./vpc.ts";

/** Elastic Load Balancing's guide, "Subnets for your load balancer", 2026-11: a /27 at least, each in a zone of its own. */
const SMALLEST_SUBNET = 27;

function refuseSubnets(ids: string[], internal: boolean): { vpcId: string } {
  const found = ids.map((id) => {
    const subnet = subnets.get(id);
    if (!subnet) throw new AwsError("SubnetNotFound", `The subnet ID '${id}' does not exist`);
    return subnet;
  });
  const zones = found.map(({ availabilityZone }) => availabilityZone);
  if (new Set(zones).size < 2) {
    throw new AwsError(
      invalid,
      `At least two subnets in two different Availability Zones must be specified; got ${zones.join() || "none"}`,
    );
  }
  if (new Set(zones).size < zones.length) {
    const message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone";
    throw new AwsError("InvalidConfigurationRequest", `${message}; got ${zones.join()}`);
  }
  const vpcId = found[0]?.vpcId ?? "";
  if (found.some((subnet) => subnet.vpcId !== vpcId)) {
    const given = found.map((subnet) => subnet.vpcId).join();
    throw new AwsError(
      "InvalidConfigurationRequest",
      `All subnets must belong to the same VPC; got ${given}`,
    );
  }
  const small = found.find(({ cidrBlock }) => lengthOf(cidrBlock) > SMALLEST_SUBNET);
  if (small) {
    const message = `Not enough IP space available in ${small.id}: ${small.cidrBlock} is smaller than a /${SMALLEST_SUBNET}`;
    throw new AwsError("InvalidSubnet", message);
  }
  if (!internal && !internetGateways.find((gateway) => gateway.vpcId === vpcId)) {
    throw new AwsError("InvalidSubnet", `VPC ${vpcId} has no internet gateway`);
  }
  return { vpcId };
}

function refuse({ subnets: ids, securityGroups = [], internal, accessLogs }: LoadBalancerInputs) {
  const { vpcId } = refuseSubnets(ids, internal);
  checkSecurityGroups(securityGroups, vpcId, "InvalidSecurityGroup");
  if (accessLogs?.enabled) refuseLogBucket(accessLogs.bucket, accessLogs.prefix);
  return { vpcId };
}

/** Each region has a hosted zone for the names of its load balancers. */
export const canonicalZone = (): string => `Z${derived(`elb ${region()}`, 13).toUpperCase()}`;

export const loadBalancer = resourceType({
  token: "aws:lb/loadBalancer:LoadBalancer",
  invalid,
  table: loadBalancers,
  properties: loadBalancerProperties,
  create(inputs) {
    const { internal, namePrefix, securityGroups } = inputs;
    const { vpcId } = refuse(inputs);
    const name = namePrefix ? nameFrom(namePrefix).slice(0, 32) : inputs.name;
    if (loadBalancers.find((other) => other.name === name)) {
      const message = `A load balancer with the same name '${name}' exists, but with different settings`;
      throw new AwsError("DuplicateLoadBalancerName", message);
    }
    const suffix = `app/${name}/${newSuffix()}`;
    const id = elbArn(`loadbalancer/${suffix}`);
    const host = `${internal ? "internal-" : ""}${name}-${BigInt(`0x${newSuffix()}`) % 10n ** 10n}`;
    const byDefault = defaultSecurityGroups.list().filter((group) => group.vpcId === vpcId);
    return {
      id,
      name,
      vpcId,
      arn: id,
      arnSuffix: suffix,
      dnsName: `${host.toLowerCase()}.${region()}.elb.amazonaws.com`,
      zoneId: canonicalZone(),
      ipAddressType: "ipv4",
      securityGroups: securityGroups ?? byDefault.map((group) => group.id),
    };
  },
  async start(balancer) {
    await startLoadBalancer({ name: balancer.name, sources: sourcesOf(balancer) });
    publish();
    return undefined;
  },
  update(_loadBalancer, inputs) {
    refuse(inputs);
  },
  /** Listeners and attributes it sees by itself. */
  async change(balancer, inputs) {
    if (sourcesOf(inputs).join() === sourcesOf(balancer).join()) return;
    await stopLoadBalancer(balancer.name);
    await startLoadBalancer({ name: balancer.name, sources: sourcesOf(inputs) });
  },
  delete({ id, name, enableDeletionProtection }) {
    if (enableDeletionProtection) {
      const message = `Load balancer '${id}' cannot be deleted because deletion protection is enabled`;
      throw new AwsError("OperationNotPermitted", message);
    }
    // AWS deletes its listeners with it, and Pulumi, which has them in its state, before it.
    refuseWhileUsed(id, ["elbv2/listener"], `load balancer ${name} of ${accountId}`, "ResourceInUse");
  },
  async stop({ name }) {
    await removeLoadBalancer(name);
    publish(name);
  },
});

/** The first address of each subnet that AWS doesn't keep for itself (VPC user guide, "Subnet sizing", 2026-11). */
const sourcesOf = ({ subnets: ids }: Pick<LoadBalancerInputs, "subnets">): string[] =>
  ids
    .map((id) =>
      subnets.expect(id).cidrBlock.replace(/\d+\/\d+$/, (end) => String(Number.parseInt(end, 10) + 4)),
    )
    .sort();

/** @param gone the name of one that is being deleted */
const publish = (gone?: string): void =>
  publishLoadBalancers(
    loadBalancers.list().flatMap(({ name, dnsName }) => (name === gone ? [] : [{ name, host: dnsName }])),
  );

export async function stopLoadBalancers(): Promise<void> {
  await Promise.all(loadBalancers.list().map(({ name }) => stopLoadBalancer(name)));
}

/** Starts those that there are, as after `npm stop`. */
export async function startLoadBalancers(): Promise<void> {
  await Promise.all(
    loadBalancers
      .list()
      .map((balancer) => startLoadBalancer({ name: balancer.name, sources: sourcesOf(balancer) })),
  );
}
