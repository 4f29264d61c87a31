import { describe, expect, it } from "vitest";
import { check, create, update } from "./harness.ts";

const statement = (extra: object) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "*", ...extra }],
  });

describe("a bucket", () => {
  it.each(["ab", "Upper", "a..b", "-a-b", "192.168.0.1", "xn--abc", "abc-s3alias", "a".repeat(64)])(
    "isn't called %s",
    async (bucket) => {
      await expect(check("s3/bucket:Bucket", { bucket })).rejects.toThrow("InvalidBucketName");
    },
  );

  it("is there once, and before what is configured of it", async () => {
    await expect(
      create("s3/bucketVersioning:BucketVersioning", {
        bucket: "state",
        versioningConfiguration: { status: "Enabled" },
      }),
    ).rejects.toThrow("NoSuchBucket");
    expect(await create("s3/bucket:Bucket", { bucket: "state" })).toMatchObject({
      arn: "arn:aws:s3:::state",
    });
    await expect(create("s3/bucket:Bucket", { bucket: "state" })).rejects.toThrow("BucketAlreadyOwnedByYou");
  });

  it("takes no key for an algorithm without one", async () => {
    const usual = { sseAlgorithm: "AES256", kmsMasterKeyId: "key" };
    const rules = [{ applyServerSideEncryptionByDefault: usual }];
    const type = "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration";
    await expect(check(type, { bucket: "state", rules })).rejects.toThrow("InvalidArgument");
  });

  it("that is closed takes no policy that opens it to anybody", async () => {
    await create("s3/bucket:Bucket", { bucket: "state" });
    await create("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", {
      bucket: "state",
      blockPublicPolicy: true,
    });
    const put = (policy: string) => create("s3/bucketPolicy:BucketPolicy", { bucket: "state", policy });
    await expect(put(statement({}))).rejects.toThrow("AccessDenied");
    const closed = await put(statement({ Effect: "Deny" }));
    const open = { bucket: "state", policy: statement({ Principal: { AWS: "*" } }) };
    await expect(update("s3/bucketPolicy:BucketPolicy", closed, open)).rejects.toThrow("AccessDenied");
  });
});

describe("a bucket's policy", () => {
  it.each(["Resource", "Principal", "Action"])("names its %s in each statement", async (element) => {
    const inputs = { bucket: "state", policy: statement({ [element]: undefined }) };
    const message = new RegExp(`^MalformedPolicy: A statement needs an? ${element}`);
    await expect(check("s3/bucketPolicy:BucketPolicy", inputs)).rejects.toThrow(message);
  });
});

describe("an OpenID Connect provider", () => {
  const type = "iam/openIdConnectProvider:OpenIdConnectProvider";
  const github = { url: "https://token.actions.githubusercontent.com", clientIdLists: ["sts.amazonaws.com"] };

  it("is there once, named by its host", async () => {
    expect(await create(type, github)).toMatchObject({
      arn: "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com",
    });
    await expect(create(type, github)).rejects.toThrow("EntityAlreadyExists");
  });

  it.each([{ url: "http://example.com" }, { url: "example.com" }, { thumbprintLists: ["abc"] }])(
    "isn't %j",
    async (wrong) => {
      await expect(check(type, { ...github, ...wrong })).rejects.toThrow("InvalidInput");
    },
  );
});

describe("a repository's policy", () => {
  const type = "ecr/repositoryPolicy:RepositoryPolicy";

  it("needs the repository, and somebody whom it is about", async () => {
    const policy = statement({ Action: "ecr:BatchGetImage", Resource: undefined });
    await expect(create(type, { repository: "orders", policy })).rejects.toThrow(
      "RepositoryNotFoundException",
    );
    await create("ecr/repository:Repository", { name: "orders" });
    expect(await create(type, { repository: "orders", policy })).toMatchObject({
      registryId: "000000000000",
    });
    const nobody = statement({ Principal: undefined });
    await expect(check(type, { repository: "orders", policy: nobody })).rejects.toThrow("needs a Principal");
  });
});

describe("a bucket's lifecycle", () => {
  const type = "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration";
  const rule = { id: "a", status: "Enabled", expiration: { days: 14 } };

  it("is configured of a bucket that is there", async () => {
    await expect(create(type, { bucket: "copies", rules: [rule] })).rejects.toThrow("NoSuchBucket");
    await create("s3/bucket:Bucket", { bucket: "copies" });
    expect(await create(type, { bucket: "copies", rules: [rule] })).toMatchObject({ rules: [rule] });
  });

  it.each([
    ["no rule", [], "MalformedXML"],
    ["no whole day", [{ ...rule, expiration: { days: 0 } }], "MalformedXML"],
    ["another status", [{ ...rule, status: "On" }], "MalformedXML"],
    ["a rule that does nothing", [{ id: "a", status: "Enabled" }], "At least one action"],
    ["two rules of one id", [rule, rule], "Rule ID must be unique"],
  ])("has not %s", async (_, rules, refusal) => {
    await expect(check(type, { bucket: "copies", rules })).rejects.toThrow(refusal);
  });
});
