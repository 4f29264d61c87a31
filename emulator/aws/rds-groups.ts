// rds.SubnetGroup and rds.ParameterGroup.
import { updateInstance } from "../engines/postgres.ts";
import { matching, object, oneOf, set, string, tags, type Values } from "../provider/properties.ts";
import { containsUnknown } from "../provider/values.ts";
import { arn, nameFrom } from "./account.ts";
import { AwsError } from "./errors.ts";
import { instances } from "./rds-instances.ts";
import { connectionLimit, defaultValue, parameterTypes } from "./rds-tables.ts";
import { resourceType } from "./resource.ts";
import { type Identified, refuseWhileUsed, table } from "./store.ts";
import { spreadSubnets } from "./vpc.ts";

const subnetGroupProperties = {
  name: string({
    autoName: true,
    computed: true,
    replaceOnChange: true,
    constraint: matching(
      /^(?!default$)[a-z0-9 ._-]{1,255}$/,
      "1 to 255 lower-case letters, digits and ._-, not default",
    ),
  }),
  namePrefix: string({ replaceOnChange: true }),
  description: string({ default: "Managed by Pulumi" }),
  subnetIds: set(string(), { required: true }),
  tags,
};

interface SubnetGroup extends Identified, Values<typeof subnetGroupProperties> {
  arn: string;
  vpcId: string;
}

export const subnetGroups = table<SubnetGroup>("rds/subnetGroup", {
  code: "DBSubnetGroupNotFoundFault",
  noun: "DB subnet group",
});

const subnetCodes = { missing: "InvalidSubnet", zones: "DBSubnetGroupDoesNotCoverEnoughAZs" };

export const subnetGroup = resourceType({
  token: "aws:rds/subnetGroup:SubnetGroup",
  invalid: "InvalidParameterValue",
  table: subnetGroups,
  properties: subnetGroupProperties,
  create({ name: given, namePrefix, subnetIds }) {
    const name = namePrefix ? nameFrom(namePrefix) : given;
    if (subnetGroups.get(name)) {
      throw new AwsError("DBSubnetGroupAlreadyExists", `The DB subnet group '${name}' already exists.`);
    }
    return { id: name, name, arn: arn("rds", `subgrp:${name}`), ...spreadSubnets(subnetIds, subnetCodes) };
  },
  update: (_group, { subnetIds }) => spreadSubnets(subnetIds, subnetCodes),
  delete: ({ id }) =>
    refuseWhileUsed(id, ["rds/instance"], "DB subnet group", "InvalidDBSubnetGroupStateFault"),
});

const parameterGroupProperties = {
  name: string({
    autoName: true,
    computed: true,
    replaceOnChange: true,
    constraint: matching(
      /^(?!default)[a-z](?:-?[a-z0-9]){0,254}$/,
      "1 to 255 lower-case letters, digits and single hyphens, starting with a letter, not with default",
    ),
  }),
  namePrefix: string({ replaceOnChange: true }),
  family: string({
    required: true,
    replaceOnChange: true,
    constraint: oneOf("postgres14", "postgres15", "postgres16", "postgres17", "postgres18"),
  }),
  description: string({ default: "Managed by Pulumi", replaceOnChange: true }),
  parameters: set(
    object({
      name: string({ required: true, constraint: oneOf(...Object.keys(parameterTypes)) }),
      value: string({ required: true }),
      applyMethod: string({ default: "immediate", constraint: oneOf("immediate", "pending-reboot") }),
    }),
  ),
  tags,
};

type ParameterGroupInputs = Values<typeof parameterGroupProperties>;

interface ParameterGroup extends Identified, ParameterGroupInputs {
  arn: string;
}

export const parameterGroups = table<ParameterGroup>("rds/parameterGroup", {
  code: "DBParameterGroupNotFound",
  noun: "DBParameterGroup",
});

export const parametersOf = ({ parameters = [] }: ParameterGroupInputs): Record<string, string> =>
  Object.fromEntries(parameters.map(({ name, value }) => [name, value]));

/** RDS takes a value that is its own for no change, and keeps its own apply method (terraform-provider-aws#39252). */
const asRead = ({ family, parameters }: Pick<ParameterGroupInputs, "family" | "parameters">) => ({
  parameters: parameters?.map((parameter) =>
    parameter.value === defaultValue(family, parameter.name)
      ? { ...parameter, applyMethod: "pending-reboot" }
      : parameter,
  ),
});

export const parameterGroup = resourceType({
  token: "aws:rds/parameterGroup:ParameterGroup",
  invalid: "InvalidParameterValue",
  table: parameterGroups,
  properties: parameterGroupProperties,
  check({ parameters = [] }) {
    if (containsUnknown(parameters)) return;
    const wrong = parameters.find(
      ({ name, applyMethod }) => parameterTypes[name] === "static" && applyMethod === "immediate",
    );
    if (wrong) {
      const message = `cannot use immediate apply method for static parameter ${wrong.name}; allowed: pending-reboot`;
      throw new AwsError("InvalidParameterCombination", message);
    }
  },
  create({ name: given, namePrefix, ...inputs }) {
    const name = namePrefix ? nameFrom(namePrefix) : given;
    if (parameterGroups.get(name)) {
      throw new AwsError("DBParameterGroupAlreadyExists", `Parameter group ${name} already exists`);
    }
    return { id: name, name, arn: arn("rds", `pg:${name}`), ...asRead(inputs) };
  },
  update: (_group, inputs) => asRead(inputs),
  /** Restarts the instances, so that static parameters take effect without the reboot that RDS waits for. */
  async change({ name }, inputs) {
    const users = instances.list().filter((instance) => instance.parameterGroupName === name);
    for (const { identifier, instanceClass } of users) {
      const parameters = parametersOf(inputs);
      await updateInstance({ identifier, ...connectionLimit(instanceClass, parameters) });
    }
  },
  delete: ({ id }) =>
    refuseWhileUsed(id, ["rds/instance"], "DBParameterGroup", "InvalidDBParameterGroupState"),
});
