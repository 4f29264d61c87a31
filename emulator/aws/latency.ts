// AWS' own durations, so that the critical path of a deployment can be measured without AWS.
import { setTimeout as sleep } from "node:timers/promises";
import type { Bag } from "../provider/values.ts";

/**
 * Seconds until a new resource is usable. Cluster, NAT gateway and single-zone database: medians of public
 * `terraform apply` logs, read in 2026; Multi-AZ: the middle of what terraform#498 tells. The others are estimates.
 */
const seconds: Record<string, number> = {
  "aws:ec2/vpc:Vpc": 12,
  "aws:ec2/natGateway:NatGateway": 105,
  "aws:ec2/subnet:Subnet": 11,
  "aws:ec2/vpcEndpoint:VpcEndpoint": 6,
  "aws:eks/addon:Addon": 35,
  "aws:eks/cluster:Cluster": 617,
  "aws:kms/key:Key": 12,
  "aws:rds/instance:Instance": 360,
};
const multiAzSeconds = 1050;

/** Waits as long as AWS would, times FASTAPI_EKS_EMULATOR_LATENCY; not at all when that isn't set. */
export async function takeAsLongAsAws(token: string, inputs: Bag): Promise<void> {
  const given = process.env.FASTAPI_EKS_EMULATOR_LATENCY;
  if (!given) return;
  const scale = Number(given);
  if (!(scale >= 0))
    throw new Error(`FASTAPI_EKS_EMULATOR_LATENCY is ${given}; it must be a factor such as 0.01`);
  const duration = inputs.multiAz === true ? multiAzSeconds : (seconds[token] ?? 1);
  await sleep(duration * scale * 1000);
}
