import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Output } from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentTag, Image } from "../../components/image.ts";
import { record } from "../harness.ts";

const BASE = "python@sha256:0";

let context: string;
const write = (file: string, content: string) => writeFileSync(join(context, file), content);

beforeEach(() => {
  context = mkdtempSync(join(tmpdir(), "context-"));
  mkdirSync(join(context, "src"));
  write("Dockerfile", "FROM scratch");
  write(".dockerignore", "*\n!src\n**/*.pyc\n");
  write("src/app.py", "print(1)");
});
afterEach(() => rmSync(context, { recursive: true }));

describe("the tag", () => {
  test.each<[string, () => void]>([
    ["another content", () => write("src/app.py", "print(2)")],
    ["a new file", () => write("src/other.py", "")],
    ["a hidden file", () => write("src/.hidden", "")],
    ["the Dockerfile, though it is ignored", () => write("Dockerfile", "FROM other")],
    ["an executable bit", () => chmodSync(join(context, "src/app.py"), 0o755)],
  ])("changes with %s", (_, change) => {
    const before = contentTag(context, BASE);
    change();
    expect(contentTag(context, BASE)).not.toBe(before);
  });

  test.each<[string, () => void]>([
    ["a file that is ignored", () => write("README.md", "read me")],
    ["an ignored file among others", () => write("src/app.pyc", "x")],
    ["a time", () => utimesSync(join(context, "src/app.py"), 1, 1)],
  ])("stays with %s", (_, change) => {
    const before = contentTag(context, BASE);
    change();
    expect(contentTag(context, BASE)).toBe(before);
  });

  test("comes back when the source is reverted", () => {
    const before = contentTag(context, BASE);
    write("src/app.py", "print(2)");
    write("src/app.py", "print(1)");
    expect(contentTag(context, BASE)).toBe(before);
  });

  test("changes with the base image, and is one that registries take", () => {
    expect(contentTag(context, BASE)).not.toBe(contentTag(context, "python@sha256:1"));
    expect(contentTag(context, BASE)).toMatch(/^source-[0-9a-f]{24}$/);
  });
});

const value = <T>(output: Output<T>): Promise<T> => new Promise((resolve) => void output.apply(resolve));

const image = (protect = true) => record(() => new Image("image", { base: BASE, context, protect }));

test("is referred to by digest", async () => {
  const [, built] = await image();
  const reference = await new Promise((resolve) => void built.reference.apply(resolve));
  expect(reference).toMatch(/\/image-repository@sha256:[0-9a-f]{64}$/);
});

test("a digest given is taken from the same repository, and nothing is built", async () => {
  const digest = `sha256:${"c".repeat(64)}`;
  const pinned = { base: BASE, context: "no/such/folder", digest, protect: true };
  const [recording, built] = await record(() => new Image("image", pinned));
  const reference = await new Promise((resolve) => void built.reference.apply(resolve));
  expect(reference).toMatch(new RegExp(`/image-repository@${digest}$`));
  expect(recording.resources.map(({ type }) => type)).toEqual([
    "fastapi-eks:index:Image",
    "aws:ecr/repository:Repository",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
  ]);
});

test("is built for the nodes' platform from the pinned base, and not at preview", async () => {
  const { inputs } = (await image())[0].get("image-build");
  expect(inputs.build).toMatchObject({ context, platform: "linux/amd64", args: { BASE_IMAGE: BASE } });
  expect(inputs.build.cacheFrom.images).toEqual([inputs.imageName]);
  expect(inputs.buildOnPreview ?? false).toBe(false);
  expect(inputs.skipPush ?? false).toBe(false);
});

test("the repository scans, encrypts, and moves no tag but those of content", async () => {
  expect((await image())[0].get("image-repository").inputs).toMatchObject({
    imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
    imageTagMutabilityExclusionFilters: [{ filter: "source-*", filterType: "WILDCARD" }],
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfigurations: [{ encryptionType: "KMS" }],
  });
});

test.each([true, false])(
  "with protect = %s, the repository goes with its images or not at all",
  async (protect) => {
    expect((await image(protect))[0].get("image-repository").inputs.forceDelete).toBe(!protect);
  },
);

test("what is deployed doesn't expire by age", async () => {
  const { rules } = JSON.parse((await image())[0].get("image-expiry").inputs.policy);
  const tagged = rules.filter(
    (rule: { selection: { tagStatus: string } }) => rule.selection.tagStatus === "tagged",
  );
  expect(tagged).toHaveLength(1);
  expect(tagged[0].selection).toMatchObject({ countType: "imageCountMoreThan", countNumber: 100 });
});

describe("a repository that stacks share", () => {
  const digest = `sha256:${"c".repeat(64)}`;
  const shared = (args: { repository: string; digest?: string }) =>
    record(() => new Image("image", { base: BASE, context, protect: false, ...args }));

  test("takes the builds, and nothing of it is this stack's", async () => {
    const [recording] = await shared({ repository: "orders" });
    expect(recording.resources.map(({ type }) => type)).toEqual([
      "fastapi-eks:index:Image",
      "docker:index/image:Image",
    ]);
    const { imageName, registry } = recording.get("image-build").inputs;
    expect(imageName).toMatch(/^123456789012\.dkr\.ecr\.eu-central-1\.amazonaws\.com\/orders:source-/);
    expect(registry.server).toBe(imageName.split(":")[0]);
  });

  test("hands a digest from stack to stack, without a build", async () => {
    const [recording, built] = await shared({ repository: "orders", digest });
    expect(recording.resources.map(({ type }) => type)).toEqual(["fastapi-eks:index:Image"]);
    expect(await value(built.reference)).toMatch(new RegExp(`amazonaws\\.com/orders@${digest}$`));
  });

  test("may be another account's, in another region", async () => {
    const repository = "arn:aws:ecr:us-east-1:210987654321:repository/team/orders";
    const [, built] = await shared({ repository, digest });
    expect(await value(built.reference)).toBe(
      `210987654321.dkr.ecr.us-east-1.amazonaws.com/team/orders@${digest}`,
    );
  });
});

test.each([undefined, "orders"])(
  "a digest that isn't in the repository %s is refused, with how to find one",
  async (repository) => {
    const errors: unknown[] = [];
    const collect = (error: unknown) => errors.push(error);
    process.on("unhandledRejection", collect);
    const digest = `sha256:${"0".repeat(64)}`;
    await record(() => new Image("image", { base: BASE, context, protect: false, digest, repository }));
    await new Promise(setImmediate);
    process.off("unhandledRejection", collect);
    expect((errors[0] as Error).message).toMatch(
      /^imageDigest: got sha256:0+; allowed: a digest in \S+amazonaws.*; fix: take one that aws ecr describe-images --repository-name \S+ --registry-id 123456789012/,
    );
  },
);
