/** Memory in GiB, from https://aws.amazon.com/rds/instance-types/ (2026-11). */
const memoryGiB = {
  "db.t4g.micro": 1,
  "db.t4g.small": 2,
  "db.t4g.medium": 4,
  "db.t4g.large": 8,
  "db.m7g.large": 8,
  "db.m7g.xlarge": 16,
  "db.m7g.2xlarge": 32,
  "db.r7g.large": 16,
  "db.r7g.xlarge": 32,
  "db.r7g.2xlarge": 64,
} as const;

export type InstanceClass = keyof typeof memoryGiB;

export const instanceClasses = Object.keys(memoryGiB) as InstanceClass[];

/**
 * What the database's parameter group sets. RDS' own default depends on the memory that is left
 * beside the operating system, which AWS doesn't publish: up to 112 a GiB, on a small class about 80.
 */
export function maxConnections(instanceClass: InstanceClass): number {
  return Math.min(80 * memoryGiB[instanceClass], 5000);
}
