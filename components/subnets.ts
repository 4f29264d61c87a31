/** The subnets of one availability zone. */
export interface ZoneCidrs {
  /** /24: load balancers and NAT. */
  public: string;
  /** /19: nodes and pods, 8,187 addresses. */
  private: string;
  /** /24: the database. */
  database: string;
}

/** A VPC has room for this many zones, so that one more never means new addresses for the others. */
export const ZONES = 4;

/**
 * Pods take addresses from the private subnets, so these get half of the /16; what follows
 * 160.0 stays free.
 */
export function carve(vpcCidr: string): ZoneCidrs[] {
  const prefix = vpcCidr.match(/^(\d+\.\d+)\.0\.0\/16$/)?.[1];
  if (!prefix) throw new Error(`networkCidr: got ${vpcCidr}; allowed: a /16 such as 10.0.0.0/16`);
  return Array.from({ length: ZONES }, (_, zone) => ({
    private: `${prefix}.${zone * 32}.0/19`,
    public: `${prefix}.${128 + zone}.0/24`,
    database: `${prefix}.${144 + zone}.0/24`,
  }));
}
