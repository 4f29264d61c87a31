// What a new account may have of the things that a stack takes several of.
import { AwsError } from "./errors.ts";

interface Quota {
  limit: number;
  code: string;
  message: string;
}

/**
 * The defaults, by Amazon VPC's user guide (amazon-vpc-limits, 2026-11) and jantman/awslimitchecker; AWS' words as in
 * terraform-aws-modules/terraform-aws-vpc#429 and the user guide's nat-gateway-troubleshooting.
 */
export const quotas = {
  vpcs: { limit: 5, code: "VpcLimitExceeded", message: "The maximum number of VPCs has been reached." },
  elasticIps: {
    limit: 5,
    code: "AddressLimitExceeded",
    message: "The maximum number of addresses has been reached.",
  },
  natGatewaysPerZone: {
    limit: 5,
    code: "NatGatewayLimitExceeded",
    message: "Performing this operation would exceed the limit of 5 NAT gateways",
  },
} satisfies Record<string, Quota>;

/** Refuses one more than the quota, of which `inUse` are taken. */
export function refuseBeyond({ limit, code, message }: Quota, inUse: number): void {
  if (inUse >= limit) throw new AwsError(code, message);
}
