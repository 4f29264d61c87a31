import { afterEach, describe, expect, it } from "vitest";
import { resourceTypes } from "../../emulator/aws/resource-types.ts";
import { takesTags } from "../taggable.ts";
import { check, create, diff, provider, update } from "./harness.ts";
import { trust } from "./world.ts";

const vpc = { cidrBlock: "10.0.0.0/16" };
const configure = (tags: unknown) => provider.configure({ defaultTags: JSON.stringify({ tags }) });

afterEach(() => configure({}));

it.each(resourceTypes)("$token takes tags where the provider's schema says so", ({ token, properties }) => {
  expect("tags" in properties).toBe(takesTags(token));
});

describe("tags of AWS", () => {
  it.each([
    ["a key from aws:", { "aws:team": "a" }],
    ["a value from aws:, whatever its case", { team: "AWS:a" }],
    ["an empty key", { "": "a" }],
    ["a key that is too long", { ["k".repeat(129)]: "a" }],
    ["a value that is too long", { team: "a".repeat(257) }],
    ["a sign that not every service takes", { team: "a&b" }],
    ["51 of them", Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ""]))],
  ])("refuse %s", async (_, tags) => {
    await expect(check("ec2/vpc:Vpc", { ...vpc, tags })).rejects.toThrow("allowed: at most 50 tags");
  });

  it("may be letters of any script, spaces and signs, up to the limits", async () => {
    const tags = { ["ключ ".padEnd(128, "k")]: "ö_.:/=+@- ".padEnd(256, "0"), empty: "" };
    expect(await create("ec2/vpc:Vpc", { ...vpc, tags })).toMatchObject({ tags, tagsAll: tags });
  });

  it("are the same for IAM when they differ in case alone", async () => {
    const role = { assumeRolePolicy: trust("ec2.amazonaws.com", "sts:AssumeRole") };
    const tags = { Team: "a", team: "b" };
    await expect(check("iam/role:Role", { ...role, tags })).rejects.toThrow(
      "InvalidInput: Duplicate tag keys",
    );
    await expect(check("ec2/vpc:Vpc", { ...vpc, tags })).resolves.toBeDefined();
    configure({ TEAM: "c" });
    await expect(check("iam/role:Role", { ...role, tags: { team: "b" } })).rejects.toThrow(
      "Duplicate tag keys",
    );
  });
});

describe("the provider's defaultTags", () => {
  it("are on what takes tags, under its own", async () => {
    configure({ team: "a", stage: "dev" });
    const made = await create("ec2/vpc:Vpc", { ...vpc, tags: { team: "b" } });
    expect(made).toMatchObject({ tags: { team: "b" }, tagsAll: { team: "b", stage: "dev" } });
    expect(await create("ec2/eip:Eip", { domain: "vpc" })).toMatchObject({
      tagsAll: { team: "a", stage: "dev" },
    });
  });

  it("update what exists when they change, and nothing when they don't", async () => {
    configure({ team: "a" });
    const made = await create("ec2/vpc:Vpc", vpc);
    expect(await diff("ec2/vpc:Vpc", made, vpc)).toMatchObject({ changes: false });
    configure({ team: "b" });
    expect(await diff("ec2/vpc:Vpc", made, vpc)).toMatchObject({ changes: true, replaces: [] });
    const updated = { ...(await update("ec2/vpc:Vpc", made, vpc)), id: made.id };
    expect(updated).toMatchObject({ tagsAll: { team: "b" } });
    expect(await diff("ec2/vpc:Vpc", updated, vpc)).toMatchObject({ changes: false });
  });

  it("count with the others", async () => {
    configure({ team: "a" });
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`, ""]));
    await expect(check("ec2/vpc:Vpc", { ...vpc, tags })).rejects.toThrow("at most 50 tags");
  });

  it("must be an object", () => {
    expect(() => provider.configure({ defaultTags: "x" })).toThrow('aws:defaultTags is "x"');
  });
});
