// What is left of a node that couldn't be made: nothing, whatever it was that failed.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startBox, stopBox } from "../../emulator/engines/box.ts";
import { removeCgroupsOf } from "../../emulator/engines/cgroups.ts";
import { provideImage } from "../../emulator/engines/images.ts";
import { takeAddress } from "../../emulator/engines/instance.ts";
import { addNode, nodeNames, nodesOf } from "../../emulator/engines/nodes.ts";

vi.mock("../../emulator/engines/box.ts");
vi.mock("../../emulator/engines/images.ts");
vi.mock(import("../../emulator/engines/cgroups.ts"), async (original) => ({
  ...(await original()),
  removeCgroupsOf: vi.fn(),
}));

const cluster = "one";
const zone = "eu-central-1a";
const pool = { pool: "general", taints: [] };
/** On the disk of each. */
const image = "snapshotter/snapshots/1/fs/file";
const database = "snapshotter/metadata.db";
let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "nodes-"));
  vi.stubEnv("FASTAPI_EKS_EMULATOR_DATA", data);
  vi.stubEnv("FASTAPI_EKS_EMULATOR_NETWORK", "9");
  mkdirSync(join(data, "clusters", cluster), { recursive: true });
  writeFileSync(join(data, "clusters", cluster, "vpc-cidr"), "10.0.0.0/16");
  for (const file of [image, database]) {
    mkdirSync(dirname(join(data, "images", "node-disk", file)), { recursive: true });
    writeFileSync(join(data, "images", "node-disk", file), "");
  }
  vi.mocked(provideImage).mockResolvedValue("registry/emulator/pause@sha256:0");
});
afterEach(() => {
  vi.resetAllMocks();
  vi.unstubAllEnvs();
  rmSync(data, { recursive: true });
});

/** Those that nodes hold; the cluster has one too. */
const addresses = (): string[] =>
  readdirSync(join(data, "addresses")).filter((address) =>
    readFileSync(join(data, "addresses", address), "utf8").startsWith("node/"),
  );

test("one that is made has a folder, a record, and an address that nobody else gets", async () => {
  await addNode(cluster, zone, pool);
  const [node] = nodesOf(cluster);
  expect(node).toMatchObject({
    cluster,
    zone,
    pool: "general",
    name: expect.stringMatching(/^i-0[0-9a-f]{16}$/),
  });
  expect(addresses()).toEqual([node?.address]);
  expect(takeAddress("another")).not.toBe(node?.address);
  expect(stopBox).not.toHaveBeenCalled();
});

test("two share an image's files, and neither the other's databases", async () => {
  for (const _ of [1, 2]) await addNode(cluster, zone, pool);
  const inodes = (file: string) =>
    nodeNames(cluster).map(
      (name) => statSync(join(data, "clusters", cluster, "nodes", name, "containerd", file)).ino,
    );
  expect(new Set(inodes(image)).size).toBe(1);
  expect(new Set(inodes(database)).size).toBe(2);
});

test.each([
  ["its image isn't to be had", provideImage],
  ["its box doesn't start", startBox],
])("when %s, the error says so, and nothing is left", async (_, step) => {
  vi.mocked(step).mockRejectedValue(new Error("no room"));
  await expect(addNode(cluster, zone, pool)).rejects.toThrow("no room");
  expect(nodeNames(cluster)).toEqual([]);
  expect(addresses()).toEqual([]);
  const [[box = ""] = []] = vi.mocked(stopBox).mock.calls;
  expect(box).toMatch(/^node-i-0[0-9a-f]{16}$/);
  expect(removeCgroupsOf).toHaveBeenCalledWith(box.replace("node-", ""));
  // The cluster's own certificates stay.
  expect(existsSync(join(data, "clusters", cluster, "pki", "ca.crt"))).toBe(true);
});

test("the next one takes the address that the failed one had", async () => {
  vi.mocked(startBox).mockRejectedValueOnce(new Error("no room"));
  await expect(addNode(cluster, zone, pool)).rejects.toThrow();
  await addNode(cluster, zone, pool);
  expect(nodesOf(cluster).map(({ address }) => address)).toEqual(["10.213.9.2"]);
});
