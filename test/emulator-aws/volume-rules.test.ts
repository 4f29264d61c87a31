// What Auto Mode's block storage makes of a claim, and what it refuses.
import { describe, expect, it } from "vitest";
import {
  allowedZones,
  type Claim,
  gibibytes,
  growth,
  volumeFor,
} from "../../emulator/engines/volume-rules.ts";

const claim = (spec: Partial<Claim["spec"]> = {}, storage = "1Gi"): Claim => ({
  metadata: { name: "data", namespace: "orders", uid: "7c1e" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } }, ...spec },
});
const storageClass = (parameters: Record<string, string> = {}) => ({
  metadata: { name: "data" },
  provisioner: "ebs.csi.eks.amazonaws.com",
  parameters,
});

describe("a volume", () => {
  it("is of type gp3 with ext4 unless its class says otherwise", () => {
    expect(volumeFor(claim(), storageClass())).toEqual({ sizeGiB: 1, type: "gp3", fsType: "ext4" });
    const parameters = { type: "io2", "csi.storage.k8s.io/fstype": "xfs", encrypted: "true" };
    expect(volumeFor(claim({}, "5Gi"), storageClass(parameters))).toEqual({
      sizeGiB: 5,
      type: "io2",
      fsType: "xfs",
    });
  });

  it.each([
    ["1", 1],
    ["100Mi", 1],
    ["1025Mi", 2],
    ["1.5Gi", 2],
    ["10G", 10],
    ["1Ti", 1024],
  ])("of %s has %i GiB", (quantity, size) => {
    expect(gibibytes(quantity)).toBe(size);
  });

  it.each<[string, Claim, Record<string, string>]>([
    ["MULTI_NODE_MULTI_WRITER not supported", claim({ accessModes: ["ReadWriteMany"] }), {}],
    ["MULTI_NODE_READER_ONLY not supported", claim({ accessModes: ["ReadWriteOnce", "ReadOnlyMany"] }), {}],
    ["Unimplemented", claim({ volumeMode: "Block" }), {}],
    ["Invalid parameter key fsGroup", claim(), { fsGroup: "10001" }],
    ["Invalid fstype btrfs", claim(), { "csi.storage.k8s.io/fstype": "btrfs" }],
    ['invalid AWS VolumeType "gp4"', claim(), { type: "gp4" }],
    ["Volume of 10GiB is invalid for st1; allowed: 125 to", claim({}, "10Gi"), { type: "st1" }],
    ["Volume of 2048GiB is invalid for standard", claim({}, "2Ti"), { type: "standard" }],
    ["is no quantity", claim({}, "much"), {}],
  ])("is refused: %s", (message, wrong, parameters) => {
    expect(() => volumeFor(wrong, storageClass(parameters))).toThrow(message);
  });
});

it("a claim grows when it asks for more than it has", () => {
  const bound = (wanted: string, capacity?: string): Claim => ({
    ...claim({}, wanted),
    status: capacity ? { capacity: { storage: capacity } } : {},
  });
  expect(growth(bound("3Gi", "1Gi"))).toBe(3);
  expect(growth(bound("500Mi", "1Gi"))).toBeUndefined();
  expect(growth(bound("3Gi"))).toBeUndefined();
});

describe("a storage class", () => {
  const topology = (key: string, ...values: string[]) => ({ matchLabelExpressions: [{ key, values }] });

  it("allows the zones that it names, and any when it names none", () => {
    const zone = topology("topology.kubernetes.io/zone", "eu-central-1a", "eu-central-1b");
    expect(allowedZones({ ...storageClass(), allowedTopologies: [zone] })).toEqual([
      "eu-central-1a",
      "eu-central-1b",
    ]);
    const auto = topology("eks.amazonaws.com/compute-type", "auto");
    expect(allowedZones({ ...storageClass(), allowedTopologies: [auto] })).toBeUndefined();
    expect(allowedZones({ ...storageClass(), allowedTopologies: [zone, auto] })).toBeUndefined();
    expect(allowedZones(storageClass())).toBeUndefined();
  });
});
