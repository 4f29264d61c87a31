// AWS' own durations, so that the critical path of a deployment can be measured without AWS.
import { setTimeout as sleep } from "node:timers/promises";
import { durationOf } from "../../plan/durations.ts";
import type { Bag } from "../provider/values.ts";

/** Waits as long as AWS would, times FASTAPI_EKS_EMULATOR_LATENCY; not at all when that isn't set. */
export async function takeAsLongAsAws(token: string, inputs: Bag): Promise<void> {
  const given = process.env.FASTAPI_EKS_EMULATOR_LATENCY;
  if (!given) return;
  const scale = Number(given);
  if (!(scale >= 0))
    throw new Error(`FASTAPI_EKS_EMULATOR_LATENCY is ${given}; it must be a factor such as 0.01`);
  await sleep(durationOf(token, inputs).seconds * scale * 1000);
}
