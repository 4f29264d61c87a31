// Security groups as packet filter of a load balancer's box: who gets in, and which ports of targets it reaches.

import { contains, overlaps } from "../aws/cidr.ts";
import { clusters } from "../aws/eks-cluster.ts";
import { loadBalancers } from "../aws/elbv2-load-balancers.ts";
import { targetGroups } from "../aws/elbv2-target-groups.ts";
import { egressRule, ingressRule, type SecurityGroupRule } from "../aws/security-groups.ts";
import { subnets } from "../aws/vpc.ts";
import { podNetwork } from "../engines/instance.ts";
import { run } from "../engines/processes.ts";
import { clusterTag, type LoadBalancer } from "./description.ts";

const rulesOf = (rules: typeof ingressRule.table, groups: string[]): SecurityGroupRule[] =>
  rules
    .list()
    .filter(
      ({ securityGroupId, ipProtocol }) =>
        groups.includes(securityGroupId) && ["tcp", "6", "-1"].includes(ipProtocol),
    );

/** First and last. */
const portsOf = ({ ipProtocol, fromPort = 0, toPort = 65535 }: SecurityGroupRule): [number, number] =>
  ipProtocol === "-1" ? [0, 65535] : [fromPort, toPort];

const accept = (chain: string, ...match: string[]) => `-A ${[chain, ...match].join(" ")} -j ACCEPT`;
const acceptTcp = (chain: string, direction: "-s" | "-d", who: string, [first, last]: [number, number]) =>
  accept(chain, "-p tcp", direction, who, `--dport ${first}:${last}`);

/** Pods' real addresses aren't those of the subnets that they would have on AWS. */
function isOfPods(rule: SecurityGroupRule, cluster: Cluster): boolean {
  if (rule.referencedSecurityGroupId) return rule.referencedSecurityGroupId === cluster.group;
  return cluster.subnets.some((subnet) => overlaps(rule.cidrIpv4 ?? "", subnet));
}

interface Cluster {
  group: string;
  subnets: string[];
}

function clusterOf(targetGroupArn: string): Cluster | undefined {
  const { vpcConfig } = clusters.get(targetGroups.get(targetGroupArn)?.tagsAll?.[clusterTag] ?? "") ?? {};
  if (!vpcConfig?.clusterSecurityGroupId) return undefined;
  const blocks = vpcConfig.subnetIds.flatMap((id) => subnets.get(id)?.cidrBlock ?? []);
  return { group: vpcConfig.clusterSecurityGroupId, subnets: blocks };
}

function clientRules(groups: string[], cluster: Cluster | undefined): string[] {
  return rulesOf(ingressRule.table, groups).flatMap((rule) => [
    ...(rule.cidrIpv4 ? [acceptTcp("INPUT", "-s", rule.cidrIpv4, portsOf(rule))] : []),
    ...(cluster && isOfPods(rule, cluster) ? [acceptTcp("INPUT", "-s", podNetwork(), portsOf(rule))] : []),
  ]);
}

/** A packet has to pass both: the way out of the load balancer's groups, and the way into the cluster's. */
function targetRules(groups: string[], sources: string[], cluster: Cluster): string[] {
  const letsIn = ({ referencedSecurityGroupId: other, cidrIpv4 = "" }: SecurityGroupRule) =>
    other ? groups.includes(other) : sources.every((source) => contains(cidrIpv4, `${source}/32`));
  const out = rulesOf(egressRule.table, groups).filter((rule) => isOfPods(rule, cluster));
  const into = rulesOf(ingressRule.table, [cluster.group]).filter(letsIn);
  return out.map(portsOf).flatMap(([first, last]) =>
    into.map(portsOf).flatMap(([otherFirst, otherLast]) => {
      const both: [number, number] = [Math.max(first, otherFirst), Math.min(last, otherLast)];
      return both[0] > both[1] ? [] : [acceptTcp("OUTPUT", "-d", podNetwork(), both)];
    }),
  );
}

/** What iptables-restore reads. */
export function packetFilter(groups: string[], sources: string[], cluster: Cluster | undefined): string {
  const established = "-m conntrack --ctstate ESTABLISHED,RELATED";
  const rules = [
    ...[accept("INPUT", "-i lo"), accept("OUTPUT", "-o lo")],
    ...[accept("INPUT", established), accept("OUTPUT", established)],
    ...clientRules(groups, cluster),
    ...(cluster ? targetRules(groups, sources, cluster) : []),
  ];
  const chains = ["INPUT", "FORWARD", "OUTPUT"].map((chain) => `:${chain} DROP [0:0]`);
  return ["*filter", ...chains, ...new Set(rules), "COMMIT", ""].join("\n");
}

export class Firewall {
  readonly #name: string;
  readonly #sources: string[];
  #filter = "";

  constructor(name: string, sources: string[]) {
    this.#name = name;
    this.#sources = sources;
  }

  async apply({ groups: [group] }: LoadBalancer): Promise<void> {
    const { securityGroups = [] } = loadBalancers.find(({ name }) => name === this.#name) ?? {};
    const filter = packetFilter(securityGroups, this.#sources, group && clusterOf(group.arn));
    if (filter === this.#filter) return;
    await run("iptables-restore", [], { input: filter });
    this.#filter = filter;
  }
}
