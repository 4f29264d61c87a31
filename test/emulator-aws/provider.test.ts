import { describe, expect, it, vi } from "vitest";
import { check, create, provider, urn } from "./harness.ts";

describe("the emulated AWS", () => {
  it("refuses a type, a function and an argument that it doesn't know", async () => {
    await expect(check("s3/bucket:Bucket", {})).rejects.toThrow(
      "the emulator doesn't know aws:s3/bucket:Bucket",
    );
    await expect(provider.invoke("aws:ec2/getAmi:getAmi", {})).rejects.toThrow("doesn't know aws:ec2/getAmi");
    const zones = "aws:index/getAvailabilityZones:getAvailabilityZones";
    await expect(provider.invoke(zones, { excludeNames: [] })).rejects.toThrow(
      "doesn't know the argument excludeNames",
    );
    const { outputs } = await provider.invoke(zones, { state: "available" });
    expect(outputs).toMatchObject({
      names: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
      zoneIds: ["euc1-az1", "euc1-az2", "euc1-az3"],
    });
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
    const change = provider.update("vpc-0", urn("ec2/vpc:Vpc"), {}, { cidrBlock: "10.0.0.0/16" });
    await expect(change).rejects.toThrow("InvalidVpcID.NotFound");
  });
});
