import { describe, expect, it, vi } from "vitest";
import { check, create, provider, urn } from "./harness.ts";

describe("the emulated AWS", () => {
  it("refuses a type, a function and an argument that it doesn't know", async () => {
    await expect(check("sqs/queue:Queue", {})).rejects.toThrow(
      "the emulator doesn't know aws:sqs/queue:Queue",
    );
    expect(() => provider.invoke("aws:ec2/getAmi:getAmi", {})).toThrow("doesn't know aws:ec2/getAmi");
    const zones = "aws:index/getAvailabilityZones:getAvailabilityZones";
    expect(() => provider.invoke(zones, { excludeNames: [] })).toThrow(
      "doesn't know the argument excludeNames",
    );
    expect(provider.invoke(zones, { state: "available" })).toMatchObject({
      names: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
      zoneIds: ["euc1-az1", "euc1-az2", "euc1-az3"],
    });
  });

  it.each([
    ["eu-central-1", "abc", "123"],
    ["us-east-1", "abdef", "12456"],
    ["us-west-1", "ab", "13"],
    ["ca-central-1", "abc", "124"],
  ])("lists the zones of %s that aren't excluded, by AWS' ids", (region, letters, numbers) => {
    vi.stubEnv("AWS_REGION", region);
    const zones = "aws:index/getAvailabilityZones:getAvailabilityZones";
    const excludeZoneIds = ["use1-az3", "usw1-az2", "cac1-az3"];
    const { names, zoneIds } = provider.invoke(zones, { excludeZoneIds }) as Record<string, string[]>;
    expect(names).toEqual([...letters].map((letter) => region + letter));
    expect(zoneIds?.map((id) => id.split("-az")[1]).join("")).toBe(numbers);
  });

  it("keeps no pace of AWS' own, unless it is asked to", async () => {
    vi.stubEnv("FASTAPI_EKS_EMULATOR_LATENCY", "0.01");
    const start = performance.now();
    await create("ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16" });
    expect(performance.now() - start).toBeGreaterThan(100);
    vi.stubEnv("FASTAPI_EKS_EMULATOR_LATENCY", "slow");
    await expect(create("ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/16" })).rejects.toThrow("must be a factor");
  });

  it("refuses an update of what is gone", async () => {
    const change = provider.update(urn("ec2/vpc:Vpc"), "vpc-0", {}, { cidrBlock: "10.0.0.0/16" }, false);
    await expect(change).rejects.toThrow("InvalidVpcID.NotFound");
  });
});
