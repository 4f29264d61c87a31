// What EKS Auto Mode's webhook refuses of a TargetGroupBinding.
import { expect, test } from "vitest";
import { type Binding, refusal } from "../../emulator/load-balancer/binding.ts";
import { create } from "./harness.ts";
import { createNetwork } from "./world.ts";

const binding = (name: string, targetGroupARN: string, targetType?: "ip" | "instance"): Binding => ({
  metadata: { name, namespace: "orders" },
  spec: { targetGroupARN, targetType, serviceRef: { name: "orders", port: 80 } },
});

async function targetGroup(): Promise<string> {
  const { vpc } = await createNetwork();
  const inputs = { name: "pods", port: 80, protocol: "HTTP", targetType: "ip", vpcId: vpc.id };
  return (await create("lb/targetGroup:TargetGroup", inputs)).arn;
}

test("a target group that isn't there is refused", () => {
  expect(refusal(binding("one", "arn:none"), [])).toContain("TargetGroupNotFound");
});

test("instances are no targets of a group of addresses", async () => {
  const arn = await targetGroup();
  expect(refusal(binding("one", arn, "instance"), [])).toContain("invalid target type instance");
  for (const type of ["ip", undefined] as const)
    expect(refusal(binding("one", arn, type), [])).toBeUndefined();
});

test("a target group has one binding", async () => {
  const arn = await targetGroup();
  const first = binding("one", arn);
  expect(refusal(first, [first])).toBeUndefined();
  expect(refusal(binding("other", arn), [first])).toContain("already bound to TargetGroupBinding orders/one");
});
