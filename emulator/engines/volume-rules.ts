// What EKS Auto Mode's block storage makes of a claim and its storage class, and what it refuses, in its own words.
import type { Volume } from "./volumes.ts";

export const driver = "ebs.csi.eks.amazonaws.com";
export const zoneLabel = "topology.kubernetes.io/zone";

export interface StorageClass {
  metadata: { name: string };
  provisioner: string;
  parameters?: Record<string, string>;
  reclaimPolicy?: string;
  mountOptions?: string[];
  allowedTopologies?: { matchLabelExpressions?: { key: string; values: string[] }[] }[];
}

export interface Claim {
  metadata: { name: string; namespace: string; uid: string; annotations?: Record<string, string> };
  spec: {
    accessModes: string[];
    resources: { requests: { storage: string } };
    storageClassName?: string;
    volumeName?: string;
    volumeMode?: string;
  };
  status?: { capacity?: { storage: string } };
}

/** Sizes in GiB by type: EC2's API reference, ModifyVolume (2026-11). */
const sizes: Record<string, [number, number]> = {
  gp2: [1, 16384],
  gp3: [1, 65536],
  io1: [4, 16384],
  io2: [4, 65536],
  st1: [125, 16384],
  sc1: [125, 16384],
  standard: [1, 1024],
};

const fsTypes = ["ext2", "ext3", "ext4", "xfs"];

/** EKS user guide, "StorageClass Parameters Reference" (2026-11); the driver looks at them in lower case. */
const parameters = [
  ...["type", "iopsPerGB", "allowAutoIOPSPerGBIncrease", "iops", "throughput", "encrypted", "blockExpress"],
  ...["kmsKeyId", "blockSize", "inodeSize", "bytesPerInode", "numberOfInodes", "ext4BigAlloc"],
  "ext4ClusterSize",
].map((name) => name.toLowerCase());

const modes: Record<string, string> = {
  ReadWriteMany: "MULTI_NODE_MULTI_WRITER",
  ReadOnlyMany: "MULTI_NODE_READER_ONLY",
};

const units: Record<string, number> = {
  ...{ "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 },
};

/** Kubernetes' quantity in GiB, rounded up as EBS has it. */
export function gibibytes(quantity: string): number {
  const [, count = "", unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(quantity) ?? [];
  const factor = units[unit];
  if (!count || factor === undefined) throw new Error(`${quantity} is no quantity that the emulator reads`);
  return Math.max(1, Math.ceil((Number(count) * factor) / 2 ** 30));
}

const refused = (code: string, description: string): Error =>
  new Error(`rpc error: code = ${code} desc = ${description}`);

/** The volume that the driver would make, without its id and zone. */
export function volumeFor(
  { spec, metadata: { uid } }: Claim,
  { parameters: given = {} }: StorageClass,
): Omit<Volume, "id" | "zone"> & { fsType: string } {
  const wrongMode = spec.accessModes.find((mode) => modes[mode]);
  if (wrongMode && spec.volumeMode !== "Block") {
    const message = `Volume capabilities ${modes[wrongMode]} not supported. Only AccessModes[ReadWriteOnce] supported.`;
    throw refused("InvalidArgument", message);
  }
  if (spec.volumeMode === "Block") throw refused("Unimplemented", "the emulator makes no block devices");
  const own = Object.entries(given).filter(([key]) => !key.startsWith("csi.storage.k8s.io/"));
  const unknown = own.find(
    ([key]) => !/^tagSpecification_\d+$/.test(key) && !parameters.includes(key.toLowerCase()),
  );
  if (unknown) throw refused("InvalidArgument", `Invalid parameter key ${unknown[0]} for CreateVolume`);
  const value = (name: string) => own.find(([key]) => key.toLowerCase() === name)?.[1];

  const fsType = given["csi.storage.k8s.io/fstype"] ?? "ext4";
  if (!fsTypes.includes(fsType))
    throw refused("InvalidArgument", `Invalid fstype ${fsType}; allowed: ${fsTypes.join()}`);
  const type = value("type") ?? "gp3";
  const [least, most] = sizes[type] ?? [];
  const failed = (reason: string) => refused("Internal", `Could not create volume "pvc-${uid}": ${reason}`);
  if (least === undefined || most === undefined) throw failed(`invalid AWS VolumeType "${type}"`);
  const sizeGiB = gibibytes(spec.resources.requests.storage);
  if (sizeGiB < least || sizeGiB > most) {
    throw failed(
      `InvalidParameterValue: Volume of ${sizeGiB}GiB is invalid for ${type}; allowed: ${least} to ${most}`,
    );
  }
  return { sizeGiB, type, fsType };
}

/** The size that a bound claim asks for beyond what it has; Kubernetes itself refuses where its class doesn't allow it. */
export function growth({ spec, status }: Claim): number | undefined {
  if (!status?.capacity) return undefined;
  const [wanted, present] = [spec.resources.requests, status.capacity].map(({ storage }) =>
    gibibytes(storage),
  );
  return wanted !== undefined && present !== undefined && wanted > present ? wanted : undefined;
}

/** The zones that a storage class allows; undefined: any. */
export function allowedZones({ allowedTopologies }: StorageClass): string[] | undefined {
  const terms = allowedTopologies ?? [];
  const zones = terms.map(
    ({ matchLabelExpressions = [] }) => matchLabelExpressions.find(({ key }) => key === zoneLabel)?.values,
  );
  return zones.length === 0 || zones.includes(undefined) ? undefined : (zones as string[][]).flat();
}
