// ec2.SecurityGroup, ec2.DefaultSecurityGroup and the two rule types of vpc.

import { between, boolean, matching, number, string, tags, type Values } from "../provider/properties.ts";
import { isUnknown } from "../provider/values.ts";
import { accountId, arn, nameFrom, newId } from "./account.ts";
import { cidr } from "./cidr.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { type Identified, refuseWhileUsed, table } from "./store.ts";
import { defaultGroupProperties, defaultSecurityGroups, vpcs } from "./vpc.ts";

const text = matching(
  /^(?!sg-)[\w .\-:/()#,@[\]+=&;{}!$*]{1,255}$/,
  "1 to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, not starting with sg-",
);

const groupProperties = {
  vpcId: string({ required: true, replaceOnChange: true }),
  name: string({ autoName: true, replaceOnChange: true, computed: true, constraint: text }),
  namePrefix: string({ replaceOnChange: true }),
  description: string({ default: "Managed by Pulumi", replaceOnChange: true, constraint: text }),
  revokeRulesOnDelete: boolean({ default: false }),
  tags,
};

interface SecurityGroup extends Identified, Values<typeof groupProperties> {
  arn: string;
  ownerId: string;
}

export const securityGroups = table<SecurityGroup>("ec2/securityGroup", {
  code: "InvalidGroup.NotFound",
  noun: "security group",
});

/** `name` may come from a prefix. */
export function newSecurityGroup(name: string, vpcId: string) {
  if (securityGroups.find((group) => group.vpcId === vpcId && group.name === name)) {
    throw new AwsError(
      "InvalidGroup.Duplicate",
      `The security group '${name}' already exists for VPC '${vpcId}'`,
    );
  }
  const id = newId("sg");
  return { id, name, arn: arn("ec2", `security-group/${id}`), ownerId: accountId };
}

export const securityGroup = resourceType({
  token: "aws:ec2/securityGroup:SecurityGroup",
  invalid: "InvalidParameterValue",
  table: securityGroups,
  properties: groupProperties,
  create({ vpcId, name, namePrefix }) {
    return newSecurityGroup(namePrefix ? nameFrom(namePrefix) : name, vpcs.expect(vpcId).id);
  },
  delete({ id }) {
    const rule = [ingressRules, egressRules]
      .flatMap((rules) => rules.list())
      .find((candidate) => candidate.referencedSecurityGroupId === id && candidate.securityGroupId !== id);
    if (rule) {
      const message = `resource ${id} has a dependent object: ${rule.id} of ${rule.securityGroupId}`;
      throw new AwsError("DependencyViolation", message);
    }
    refuseWhileUsed(id, ["eks/cluster", "elbv2/loadBalancer", "rds/instance"], "security group");
  },
});

export const defaultSecurityGroup = resourceType({
  token: "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
  invalid: "InvalidParameterValue",
  table: defaultSecurityGroups,
  properties: defaultGroupProperties,
  /** Adopts the group that came with the VPC, and takes its rules away. */
  create({ vpcId }) {
    const { id, arn, name, ownerId } = defaultSecurityGroups.expect(
      vpcs.expect(vpcId).defaultSecurityGroupId ?? "",
    );
    return { id, arn, name, ownerId };
  },
  // It goes with its VPC only.
  outlives: () => true,
});

/** Refuses security groups that don't exist, or are in another VPC. */
export function checkSecurityGroups(ids: string[], vpcId: string, code: string): void {
  for (const id of ids) {
    const group = securityGroups.get(id) ?? defaultSecurityGroups.get(id);
    if (!group) throw new AwsError(code, `The security group '${id}' does not exist`);
    if (group.vpcId !== vpcId) {
      throw new AwsError(code, `The security group '${id}' is in ${group.vpcId}; allowed: one in ${vpcId}`);
    }
  }
}

const ruleProperties = {
  securityGroupId: string({ required: true, replaceOnChange: true }),
  ipProtocol: string({
    required: true,
    constraint: matching(
      /^(-1|tcp|udp|icmp|icmpv6|\d{1,3})$/,
      "tcp, udp, icmp, icmpv6, -1 or a protocol's number",
    ),
  }),
  fromPort: number({ constraint: between(-1, 65535) }),
  toPort: number({ constraint: between(-1, 65535) }),
  cidrIpv4: string({ constraint: cidr(0, 32) }),
  referencedSecurityGroupId: string(),
  description: string({ constraint: text }),
  tags,
};

type RuleInputs = Values<typeof ruleProperties>;

export interface SecurityGroupRule extends Identified, RuleInputs {
  arn: string;
  securityGroupRuleId: string;
}

function checkRule({ ipProtocol, fromPort, toPort, cidrIpv4, referencedSecurityGroupId }: RuleInputs): void {
  if ((cidrIpv4 === undefined) === (referencedSecurityGroupId === undefined)) {
    throw new AwsError(
      "InvalidParameterCombination",
      "Exactly one of cidrIpv4, referencedSecurityGroupId is needed",
    );
  }
  if (isUnknown(ipProtocol) || isUnknown(fromPort) || isUnknown(toPort)) return;
  const ports = `fromPort ${fromPort}, toPort ${toPort}`;
  if (ipProtocol === "-1") {
    if (fromPort === undefined && toPort === undefined) return;
    throw new AwsError("InvalidParameterCombination", `Protocol -1 has no ports; got ${ports}`);
  }
  if (fromPort === undefined || toPort === undefined || fromPort > toPort) {
    throw new AwsError("InvalidParameterValue", `Invalid port range: ${ports}; allowed: fromPort <= toPort`);
  }
}

function ruleType(direction: "Ingress" | "Egress") {
  const rules = table<SecurityGroupRule>(`vpc/securityGroup${direction}Rule`, {
    code: "InvalidSecurityGroupRuleId.NotFound",
    noun: "security group rule",
  });
  const sides = [
    "securityGroupId",
    "ipProtocol",
    "fromPort",
    "toPort",
    "cidrIpv4",
    "referencedSecurityGroupId",
  ] as const;

  function refuse(inputs: RuleInputs, ownId?: string): void {
    const referenced = inputs.referencedSecurityGroupId;
    for (const id of [inputs.securityGroupId, referenced]) {
      if (id && !defaultSecurityGroups.get(id)) securityGroups.expect(id);
    }
    const twin = rules.find(
      (rule) => rule.id !== ownId && sides.every((side) => rule[side] === inputs[side]),
    );
    if (twin) {
      const message = `the specified rule already exists in ${inputs.securityGroupId}: ${twin.id}`;
      throw new AwsError("InvalidPermission.Duplicate", message);
    }
  }

  return resourceType({
    token: `aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`,
    invalid: "InvalidParameterValue",
    table: rules,
    properties: ruleProperties,
    check: checkRule,
    create(inputs) {
      refuse(inputs);
      const id = newId("sgr");
      return { id, securityGroupRuleId: id, arn: arn("ec2", `security-group-rule/${id}`) };
    },
    update({ id }, inputs) {
      refuse(inputs, id);
    },
  });
}

export const ingressRule = ruleType("Ingress");
export const egressRule = ruleType("Egress");
const [ingressRules, egressRules] = [ingressRule.table, egressRule.table];
