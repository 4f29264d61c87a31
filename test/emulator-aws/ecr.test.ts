import { describe, expect, it } from "vitest";
import * as engines from "./engines.ts";
import { check, create, provider } from "./harness.ts";

const digest = `sha256:${"0".repeat(64)}`;
const getImage = (args: object) =>
  provider.invoke("aws:ecr/getImage:getImage", args as Record<string, unknown>);
const getRepository = (args: object) =>
  (async () => provider.invoke("aws:ecr/getRepository:getRepository", args as Record<string, unknown>))();

describe("a repository that is looked up", () => {
  it("is told with its address", async () => {
    await create("ecr/repository:Repository", { name: "orders", tags: { team: "a" } });
    expect(await getRepository({ name: "orders" })).toMatchObject({
      registryId: "000000000000",
      repositoryUrl: "10.213.0.1:5000/orders",
      tags: { team: "a" },
    });
  });

  it.each([
    { name: "other" },
    { name: "orders", registryId: "123456789012" },
    { name: "orders", region: "us-east-1" },
  ])("must be there: %j", async (args) => {
    await create("ecr/repository:Repository", { name: "orders" });
    await expect(getRepository(args)).rejects.toThrow("RepositoryNotFoundException");
  });
});

describe("an image that is looked up", () => {
  it("is told by digest", async () => {
    await create("ecr/repository:Repository", { name: "orders" });
    engines.resolveTag.mockResolvedValue(digest);
    expect(await getImage({ repositoryName: "orders", imageDigest: digest })).toMatchObject({
      imageUri: `10.213.0.1:5000/orders@${digest}`,
    });
    expect(engines.resolveTag).toHaveBeenCalledWith("orders", digest);
  });

  it("must be there", async () => {
    await create("ecr/repository:Repository", { name: "orders" });
    engines.resolveTag.mockResolvedValue(undefined);
    await expect(getImage({ repositoryName: "orders", imageDigest: digest })).rejects.toThrow(
      `ImageNotFoundException: The image with imageId {imageDigest:'${digest}'} does not exist`,
    );
    await expect(getImage({ repositoryName: "other", imageDigest: digest })).rejects.toThrow(
      "RepositoryNotFound",
    );
    await expect(getImage({ repositoryName: "orders" })).rejects.toThrow("must be specified");
  });
});

describe("a lifecycle policy", () => {
  const days = { countUnit: "days", countNumber: 90 };
  const policy = (selection: object, action: object) =>
    check("ecr/lifecyclePolicy:LifecyclePolicy", {
      repository: "orders",
      policy: JSON.stringify({
        rules: [{ rulePriority: 1, selection: { tagStatus: "any", ...selection }, action }],
      }),
    });
  const archive = { type: "transition", targetStorageClass: "archive" };
  const expire = { type: "expire" };

  it("has one rule for any image in each storage class, which comes last", async () => {
    const rule = (rulePriority: number, selection: object, action: object) => ({
      rulePriority,
      selection: { tagStatus: "any", ...days, ...selection },
      action,
    });
    const pulled = { countType: "sinceImagePulled" };
    const transitioned = { countType: "sinceImageTransitioned", storageClass: "archive" };
    const put = (...rules: object[]) =>
      check("ecr/lifecyclePolicy:LifecyclePolicy", {
        repository: "orders",
        policy: JSON.stringify({ rules }),
      });
    await put(rule(1, pulled, archive), rule(2, transitioned, expire));
    await expect(
      put(rule(1, pulled, archive), rule(2, { countType: "sinceImagePushed" }, expire)),
    ).rejects.toThrow("must have the highest rulePriority");
  });

  it("archives what nobody pulls, and deletes what has been archived for long", async () => {
    await policy({ countType: "sinceImagePulled", ...days }, archive);
    await policy({ countType: "sinceImageTransitioned", storageClass: "archive", ...days }, expire);
  });

  it.each([
    [
      "deletes by pulls",
      { countType: "sinceImagePulled", ...days },
      expire,
      "action.type must be transition",
    ],
    [
      "names no class to go to",
      { countType: "sinceImagePulled", ...days },
      { type: "transition" },
      "targetStorageClass",
    ],
    ["counts in nothing", { countType: "sinceImagePulled", countNumber: 9 }, archive, 'countUnit "days"'],
    [
      "looks for transitions elsewhere",
      { countType: "sinceImageTransitioned", ...days },
      expire,
      "storageClass must be archive",
    ],
    ["counts otherwise", { countType: "sinceMonday", ...days }, expire, "countType must be one of"],
  ])("is refused that %s", async (_, selection, action, message) => {
    await expect(policy(selection, action)).rejects.toThrow(message);
  });
});
