// What AWS charges, by hand: never fetched, each price with where and when it was found.

/** The region and the day that all of these are for; docs/costs.md says how to renew them. */
export const PRICES = { region: "us-east-1", date: "2026-11-21" };

export const HOURS_PER_MONTH = 730;

export interface Price {
  usd: number;
  per: string;
  source: string;
}

const golden = (name: string) => `infracost's golden file of ${name}`;
const karpenter = "karpenter's zz_generated.pricing_aws.go of 2026-01-19";
const infratally = "infratally.com, AWS RDS pricing explained 2026";
const tables = "public tables of PostgreSQL prices, which differ by up to 9 %";

export const prices = {
  eksCluster: { usd: 0.1, per: "hour", source: golden("eks_cluster") },
  natGateway: { usd: 0.045, per: "hour", source: golden("nat_gateway") },
  natTraffic: { usd: 0.045, per: "GB", source: golden("nat_gateway") },
  publicIpv4: { usd: 0.005, per: "hour", source: "AWS' blog on public IPv4 charges, since 2024-02-01" },
  databaseStorage: { usd: 0.115, per: "GB-month", source: golden("db_instance, gp3") },
  databaseStorageMultiAz: { usd: 0.23, per: "GB-month", source: golden("db_instance, gp3, Multi-AZ") },
  databaseBackup: { usd: 0.095, per: "GB-month", source: golden("db_instance") },
  key: { usd: 1, per: "month", source: golden("kms_key") },
  secret: { usd: 0.4, per: "month", source: golden("secretsmanager_secret") },
  imageStorage: { usd: 0.1, per: "GB-month", source: golden("ecr_repository") },
  logs: { usd: 0.5, per: "GB", source: golden("cloudwatch_log_group") },
  nodeVolume: { usd: 0.08, per: "GB-month", source: golden("ebs_volume, gp3") },
} satisfies Record<string, Price>;

/** On-Demand, PostgreSQL, one zone; a standby costs as much again. */
export const databaseClasses: Record<string, Price> = {
  "db.t4g.micro": { usd: 0.016, per: "hour", source: infratally },
  "db.t4g.small": { usd: 0.032, per: "hour", source: infratally },
  "db.t4g.medium": { usd: 0.065, per: "hour", source: infratally },
  "db.t4g.large": { usd: 0.129, per: "hour", source: tables },
  "db.m7g.large": { usd: 0.168, per: "hour", source: tables },
  "db.m7g.xlarge": { usd: 0.337, per: "hour", source: tables },
  "db.m7g.2xlarge": { usd: 0.674, per: "hour", source: tables },
};

/**
 * The node that the estimate assumes. Auto Mode chooses C, M and R instances from generation 5 on, for
 * linux/amd64 images an x86 one. Allocatable is what Kubernetes leaves of 2 CPUs and 8 GiB.
 */
export const node = {
  instanceType: "m7i.large",
  price: { usd: 0.1008, per: "hour", source: karpenter } as Price,
  allocatable: { cpu: 1.93, memoryMiB: 7000 },
  volumeGiB: 80,
};

/** What Auto Mode adds to the price of its instances. */
export const autoMode = {
  share: 0.12,
  source: "secondary sources alone: factualminds.com, cloudburn.io",
};
