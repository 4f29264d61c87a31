// route53.Record, in hosted zones that somebody else made, as a company's DNS is older than its stacks.

import { publishAliases } from "../engines/load-balancer.ts";
import {
  between,
  boolean,
  list,
  number,
  object,
  oneOf,
  set,
  string,
  type Values,
} from "../provider/properties.ts";
import { isUnknown } from "../provider/values.ts";
import { loadBalancers } from "./elbv2-load-balancers.ts";
import { AwsError } from "./errors.ts";
import { resourceType } from "./resource.ts";
import { type Identified, table } from "./store.ts";

interface Zone extends Identified {
  /** Without the last dot. */
  name: string;
}

/** The account's own: nobody makes or deletes one here. */
export const zones: Zone[] = [{ id: "Z0EMULATEDEXAMPLECOM", name: "example.com" }];

function expectZone(id: string): Zone {
  const zone = zones.find((candidate) => candidate.id === id);
  if (!zone) throw new AwsError("NoSuchHostedZone", `No hosted zone found with ID: ${id}`);
  return zone;
}

const properties = {
  zoneId: string({ required: true, replaceOnChange: true }),
  name: string({ required: true, replaceOnChange: true }),
  type: string({
    required: true,
    replaceOnChange: true,
    constraint: oneOf("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT"),
  }),
  ttl: number({ constraint: between(0, 2147483647) }),
  records: set(string()),
  aliases: list(
    object({
      name: string({ required: true }),
      zoneId: string({ required: true }),
      evaluateTargetHealth: boolean({ required: true }),
    }),
    { constraint: { test: (aliases) => aliases.length === 1, allowed: "one alias" } },
  ),
  allowOverwrite: boolean({ computed: true }),
};

type Inputs = Values<typeof properties>;

interface DnsRecord extends Identified, Inputs {
  fqdn: string;
  allowOverwrite: boolean;
}

export const records = table<DnsRecord>("route53/record", { code: "InvalidChangeBatch", noun: "record" });

const invalid = "InvalidInput";
const batch = (message: string) => new AwsError("InvalidChangeBatch", `[${message}]`);

/** As terraform-provider-aws' aws_route53_record has it: a name that doesn't end with the zone's is one below it. */
function fullName(name: string, zone: string): string {
  const lower = name.toLowerCase().replace(/\.$/, "");
  return lower.endsWith(zone) ? lower : `${lower}.${zone}`;
}

function check({ ttl, records: values, aliases }: Inputs): void {
  if ((values === undefined) === (aliases === undefined))
    throw new AwsError(invalid, "Exactly one of records, aliases is needed");
  if ((values === undefined) !== (ttl === undefined))
    throw new AwsError(invalid, "records have a ttl, an alias has its target's");
}

const hostOf = (alias: string): string => alias.toLowerCase().replace(/^dualstack\.|\.$/g, "");
const balancerOf = (alias: string) => loadBalancers.find(({ dnsName }) => dnsName === hostOf(alias));

function refuseAlias({ aliases = [] }: Inputs): void {
  for (const { name, zoneId } of aliases) {
    const target = balancerOf(name);
    const tried = `Tried to create an alias that targets ${hostOf(name)}., type A in zone ${zoneId}`;
    if (!target) throw batch(`${tried}, but that target was not found`);
    if (target.zoneId !== zoneId)
      throw batch(`${tried}, but the alias target name does not lie within the target zone`);
  }
}

export const record = resourceType({
  token: "aws:route53/record:Record",
  invalid,
  table: records,
  properties,
  check,
  create(inputs) {
    const { zoneId, name, type, allowOverwrite = false } = inputs;
    const zone = expectZone(zoneId);
    const fqdn = fullName(name, zone.name);
    if (fqdn !== zone.name && !fqdn.endsWith(`.${zone.name}`))
      throw batch(`RRSet with DNS name ${fqdn}. is not permitted in zone ${zone.name}.`);
    if (type === "CNAME" && fqdn === zone.name)
      throw batch(`RRSet of type CNAME with DNS name ${fqdn}. is not permitted at apex in zone ${fqdn}.`);
    const others = records.list().filter((other) => other.zoneId === zoneId && other.fqdn === fqdn);
    if (!allowOverwrite && others.some((other) => other.type === type)) {
      const set = `[name='${fqdn}.', type='${type}']`;
      throw batch(`Tried to create resource record set ${set} but it already exists`);
    }
    if (others.some((other) => (other.type === "CNAME") !== (type === "CNAME")))
      throw batch(`RRSet of type ${type} with DNS name ${fqdn}. conflicts with other records of that name`);
    refuseAlias(inputs);
    return { id: `${zoneId}_${name}_${type}`, fqdn, allowOverwrite };
  },
  async start() {
    publish(records.list());
    return undefined;
  },
  update(_record, inputs) {
    refuseAlias(inputs);
  },
  async change(record, inputs) {
    publish([...records.list().filter(({ id }) => id !== record.id), { ...record, ...inputs }]);
  },
  async stop({ id }) {
    publish(records.list().filter((other) => other.id !== id));
  },
});

/** Aliases alone: other records point to nothing in here. */
function publish(all: DnsRecord[]): void {
  const names = all.flatMap(({ fqdn, type, aliases }) => {
    const balancer = type === "A" && aliases?.[0] && balancerOf(aliases[0].name);
    return balancer ? [{ name: balancer.name, host: fqdn }] : [];
  });
  publishAliases(names);
}

/** Whom a host leads to, by a record or by its own name. */
export function findLoadBalancer(host: string) {
  const record = records.find(({ fqdn, type, aliases }) => fqdn === host && type === "A" && Boolean(aliases));
  return balancerOf(record?.aliases?.[0]?.name ?? host);
}

/** What route53.getZone finds; in the provider's words. */
export function findZone({ name, zoneId, privateZone }: Record<string, unknown>): Zone {
  const wanted = typeof name === "string" ? name.replace(/\.$/, "") : undefined;
  const found = zones.filter(
    (zone) =>
      !privateZone && (wanted === undefined || zone.name === wanted) && (zoneId ?? zone.id) === zone.id,
  );
  const [zone] = found;
  if (!zone || isUnknown(name)) throw new Error("no matching Route 53 Hosted Zone found");
  if (found.length > 1) throw new Error("multiple Route 53 Hosted Zones matched; use additional constraints");
  return zone;
}
