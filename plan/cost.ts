// What the stack costs in a month, by component. Whatever has no price here is named.
import type { Step } from "./graph.ts";
import { type Nodes, neededNodes } from "./nodes.ts";
import {
  autoMode,
  databaseClasses,
  HOURS_PER_MONTH,
  NODE_VOLUME,
  type NodeType,
  nodeTypes,
  PRICES,
  type Price,
  prices,
  type Source,
} from "./prices.ts";

export interface Line {
  component: string;
  resource: string;
  what: string;
  /** Rounded, so that sums are those of what is shown. */
  cents: number;
}

export interface Cost {
  /** Of the prices, wherever the stack is. */
  region: string;
  /** When the prices were collected; each source has a date of its own. */
  date: string;
  lines: Line[];
  components: Record<string, number>;
  totalCents: number;
  /** Charged by use, which nobody knows beforehand. */
  usageBased: { component: string; resource: string; rate: string }[];
  notPriced: { component: string; resource: string; type: string; why: string }[];
  /** Types that cost nothing by themselves. */
  free: string[];
  nodes: Nodes;
  sources: string[];
}

interface Charges {
  monthly?: { what: string; usd: number }[];
  usage?: string[];
  unknown?: string;
  used?: Price[];
  sources?: string[];
}

const perHour = (what: string, price: Price, count = 1): Charges => {
  const times = count === 1 ? "" : `${count} × `;
  const usd = count * price.usd * HOURS_PER_MONTH;
  return {
    monthly: [{ what: `${what}: ${times}${HOURS_PER_MONTH} h at ${rate(price)}`, usd }],
    used: [price],
  };
};
const perMonth = (what: string, price: Price, amount = 1): Charges => ({
  monthly: [{ what: `${what} at ${rate(price)}`, usd: amount * price.usd }],
  used: [price],
});
const byUse = (what: string, price: Price): Charges => ({
  usage: [`${what}: ${rate(price)}/${price.per}`],
  used: [price],
});
const unknown = (why: string): Charges => ({ unknown: why });

/** Their pods are among those that need nodes. */
const addOns: Record<string, Charges[]> = {
  "metrics-server": [],
  // Always on, and charged by what it observes. AWS' price page has it, but no two sources agree.
  "amazon-cloudwatch-observability": [unknown("Container Insights isn't in plan/prices.ts")],
};

const priced: Record<string, (step: Step, nodes: Nodes) => Charges[]> = {
  "aws:ec2/eip:Eip": () => [perHour("public IPv4 address", prices.publicIpv4)],
  "aws:ec2/natGateway:NatGateway": () => [
    perHour("NAT gateway", prices.natGateway),
    byUse("traffic through NAT", prices.natTraffic),
  ],
  "aws:lb/loadBalancer:LoadBalancer": ({ inputs }) => [
    perHour("load balancer", prices.loadBalancer),
    ...(inputs.internal ? [] : [perHour("public IPv4 addresses", prices.publicIpv4, inputs.subnets.length)]),
    byUse(
      "each 25 new connections/s, 3,000 open ones or 1 GB an hour, whichever is most",
      prices.loadBalancerCapacity,
    ),
  ],
  // Web ACL, rules and requests are charged to whoever made the ACL.
  "aws:wafv2/webAclAssociation:WebAclAssociation": () => [unknown("the web ACL, which is made elsewhere")],
  "aws:eks/cluster:Cluster": ({ inputs }, nodes) => [
    perHour("control plane, standard support", prices.eksCluster),
    ...(inputs.computeConfig?.enabled ? autoModeNodes(nodes) : [unknown("nodes outside Auto Mode")]),
  ],
  "aws:rds/instance:Instance": database,
  "aws:kms/key:Key": () => [perMonth("KMS key", prices.key)],
  "aws:secretsmanager/secret:Secret": () => [perMonth("secret", prices.secret)],
  "aws:ecr/repository:Repository": () => [byUse("images", prices.imageStorage)],
  "aws:cloudwatch/metricAlarm:MetricAlarm": () => [perMonth("alarm", prices.alarm)],
  "aws:sns/topic:Topic": () => [byUse("notifications by e-mail beyond a thousand a month", prices.email)],
  "aws:cloudwatch/logGroup:LogGroup": ({ inputs }) => [
    /\/containerinsights\/.*\/application$/.test(inputs.name ?? "")
      ? byUse(
          "pods' logs, about 1 GB for a million requests, each a line of 1 KB with what Fluent Bit adds",
          prices.logs,
        )
      : byUse("logs", prices.logs),
  ],
  // Those that others sell on AWS' marketplace cost extra.
  "aws:eks/addon:Addon": ({ inputs }) =>
    addOns[inputs.addonName] ?? [unknown(`the add-on ${inputs.addonName}`)],
  "aws:s3/bucket:Bucket": ({ urn }) => [
    byUse(urn.includes(":LoadBalancer$") ? "access logs" : "copies of the database", prices.bucketStorage),
  ],
  "kubernetes:core/v1:PersistentVolumeClaim": claim,
  "kubernetes:core/v1:Service": ({ inputs }) =>
    inputs.spec?.type === "LoadBalancer" ? [unknown("its load balancer")] : [],
};

function autoModeNodes({ count, instanceType, because }: Nodes): Charges[] {
  if (instanceType === null) return [unknown(`its nodes: ${because}`)];
  const { price } = nodeTypes[instanceType] as NodeType;
  const instances = perHour(`${count} ${instanceType} nodes`, price, count);
  const fee = {
    what: `Auto Mode, ${autoMode.share * 100} % of the instances`,
    usd: count * price.usd * HOURS_PER_MONTH * autoMode.share,
  };
  const sources = autoMode.sources.map((source) => `Auto Mode's ${autoMode.share * 100} %: ${cite(source)}`);
  const volumes = perMonth(`${count} × ${NODE_VOLUME} GiB gp3`, prices.volume, count * NODE_VOLUME);
  return [instances, { monthly: [fee], sources }, volumes];
}

function database({ inputs }: Step): Charges[] {
  const { instanceClass, multiAz, allocatedStorage, maxAllocatedStorage, monitoringInterval } = inputs;
  const hourly = databaseClasses[instanceClass];
  const what = `${instanceClass}${multiAz ? ", Multi-AZ" : ""}`;
  const storage = multiAz ? prices.databaseStorageMultiAz : prices.databaseStorage;
  return [
    hourly ? perHour(what, hourly, multiAz ? 2 : 1) : unknown(`${instanceClass} isn't in plan/prices.ts`),
    perMonth(`${allocatedStorage} GiB gp3${multiAz ? ", Multi-AZ" : ""}`, storage, allocatedStorage),
    ...(maxAllocatedStorage > allocatedStorage
      ? [growth(allocatedStorage, maxAllocatedStorage, storage)]
      : []),
    byUse("backups beyond the volume's size", prices.databaseBackup),
    ...(monitoringInterval > 0
      ? [byUse("enhanced monitoring, in the account's log group RDSOSMetrics", prices.logs)]
      : []),
  ];
}

/** Of Auto Mode's class for gp3. */
function claim({ inputs }: Step): Charges[] {
  const size = Number(/^(\d+)Gi$/.exec(inputs.spec?.resources?.requests?.storage ?? "")?.[1]);
  if (!size) return [unknown("a claim whose size isn't in Gi")];
  return [perMonth(`${size} GiB gp3, in one zone`, prices.volume, size)];
}

/** Nobody knows when the growth comes, but its cost has a limit. */
function growth(from: number, to: number, price: Price): Charges {
  const most = dollars(Math.round((to - from) * price.usd * 100));
  return {
    usage: [`a volume that grows from ${from} to ${to} GiB by itself: at most ${most} a month more`],
    used: [price],
  };
}

const free = new RegExp(
  [
    "^aws:ec2/(vpc|subnet|internetGateway|routeTable|route|routeTableAssociation|.*[sS]ecurityGroup):",
    "^aws:vpc/securityGroup(Ingress|Egress)Rule:",
    "^aws:iam/",
    "^aws:ecr/lifecyclePolicy:",
    "^aws:lb/(targetGroup|listener):",
    // Public certificates cost nothing, and neither do queries of aliases to load balancers; the zone is somebody else's.
    "^aws:acm/|^aws:route53/record:",
    "^aws:eks/(accessEntry|accessPolicyAssociation|podIdentityAssociation):",
    "^aws:s3/bucket[A-Z]",
    "^aws:rds/(subnetGroup|parameterGroup):",
    "^aws:secretsmanager/secretVersion:",
    "^aws:sns/topicPolicy:",
    "^docker:|^random:|^tls:|^pulumi:",
    // Pods are paid for by their nodes.
    "^kubernetes:(core/v1:(Namespace|ServiceAccount|ConfigMap(Patch)?|Secret)|batch/v1:(Job|CronJob)|apps/v1:)",
    "^kubernetes:storage.k8s.io/v1:StorageClass$",
    "^kubernetes:karpenter.sh/v1:NodePool$",
    "^kubernetes:(autoscaling|policy|rbac.authorization.k8s.io|apiregistration.k8s.io)/",
    "^kubernetes:networking.k8s.io/v1:NetworkPolicy$",
    "^kubernetes:eks.amazonaws.com/v1:TargetGroupBinding$",
    "^kubernetes:external-secrets.io/v1:|^kubernetes:helm.sh/v3:Release$",
  ].join("|"),
);

export function estimate(steps: Step[]): Cost {
  const cost: Cost = {
    ...PRICES,
    ...{ lines: [], components: {}, totalCents: 0, usageBased: [], notPriced: [], free: [], sources: [] },
    nodes: neededNodes(steps),
  };
  for (const step of steps.toSorted((a, b) => (a.urn < b.urn ? -1 : 1))) {
    const charges =
      priced[step.type]?.(step, cost.nodes) ?? (free.test(step.type) ? [] : [unknown("unknown type")]);
    for (const charge of charges) add(cost, step, charge);
    if (charges.length === 0) cost.free.push(step.type);
  }
  cost.free = [...new Set(cost.free)].sort();
  cost.sources = [...new Set(cost.sources)].sort();
  return cost;
}

function add(cost: Cost, { component, name: resource, type }: Step, charge: Charges) {
  for (const { what, usd } of charge.monthly ?? []) {
    const cents = Math.round(usd * 100);
    cost.lines.push({ component, resource, what, cents });
    cost.components[component] = (cost.components[component] ?? 0) + cents;
    cost.totalCents += cents;
  }
  for (const rate of charge.usage ?? []) cost.usageBased.push({ component, resource, rate });
  if (charge.unknown) cost.notPriced.push({ component, resource, type, why: charge.unknown });
  cost.sources.push(...(charge.sources ?? []));
  for (const price of charge.used ?? []) {
    cost.sources.push(`${rate(price)}/${price.per}: ${cite(price.source)}`);
  }
}

function cite({ name, date, url }: Source): string {
  return `${name} (${date ? `of ${date}` : `undated, read on ${PRICES.date}`}): ${url}`;
}

/** Cents at least, and as exact as AWS is. */
function rate({ usd }: Price): string {
  return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 6 })}`;
}

/** Whatever isn't priced comes on top. */
export function total({ totalCents, notPriced }: Cost): string {
  return `${notPriced.length > 0 ? "at least " : ""}${dollars(totalCents)}`;
}

export function dollars(cents: number): string {
  return `$${(cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2 })}`;
}

/** With its sign: +$36.50, −$3.65. */
export function difference(cents: number): string {
  return cents === 0 ? "±$0.00" : `${cents > 0 ? "+" : "−"}${dollars(Math.abs(cents))}`;
}
