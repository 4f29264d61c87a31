import { beforeEach, describe, expect, it } from "vitest";
import * as engines from "./engines.ts";
import { create } from "./harness.ts";

// Only now, with the harness' stand-ins for the engines.
const { buildAndPush } = await import("../../emulator/docker/build.ts");

const digest = `sha256:${"0".repeat(64)}`;
const push = (tag: string) =>
  buildAndPush({
    imageName: `10.213.0.1:5000/service:${tag}`,
    build: { args: {}, context: ".", dockerfile: "Dockerfile" },
  });

describe("a push to the emulated ECR", () => {
  beforeEach(() => {
    engines.docker.mockResolvedValue(`digest: ${digest}`);
    engines.resolveTag.mockImplementation(async (_, tag) => (tag === "new" ? undefined : digest));
  });

  it.each([
    ["MUTABLE", { refused: [], taken: ["source-1", "new"] }],
    ["IMMUTABLE", { refused: ["source-1"], taken: ["new"] }],
    [
      "IMMUTABLE_WITH_EXCLUSION",
      { refused: ["latest", "a-source-1", "v1x2-rc"], taken: ["source-1", "v1.2-rc", "new"] },
    ],
    ["MUTABLE_WITH_EXCLUSION", { refused: ["source-1"], taken: ["latest", "new"] }],
  ])(
    "of an existing tag, %s: refused before the build, with the same digest too",
    async (mutability, tags) => {
      const filters = ["source-*", "v1.2*c"].map((filter) => ({ filter, filterType: "WILDCARD" }));
      await create("ecr/repository:Repository", {
        name: "service",
        imageTagMutability: mutability,
        imageTagMutabilityExclusionFilters: mutability.endsWith("_WITH_EXCLUSION") ? filters : undefined,
      });
      for (const tag of tags.refused) {
        await expect(push(tag)).rejects.toThrow(
          `ImageTagAlreadyExistsException: The image tag '${tag}' already exists in the 'service' repository`,
        );
      }
      expect(engines.docker).not.toHaveBeenCalled();
      for (const tag of tags.taken) expect(await push(tag)).toBe(`10.213.0.1:5000/service@${digest}`);
    },
  );

  it("needs the repository", async () => {
    await expect(push("source-1")).rejects.toThrow("RepositoryNotFoundException");
  });
});
