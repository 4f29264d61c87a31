// EKS Auto Mode's block storage, a process of its own beside the control plane: makes volumes for claims, attaches them
// to nodes of their zone, and deletes them. Kubernetes itself sees to it that a volume is on one node at a time.
// Argument: the cluster.
import { setTimeout as sleep } from "node:timers/promises";
import { api } from "./kubernetes.ts";
import { nodesOf, zonesOf } from "./nodes.ts";
import {
  allowedZones,
  type Claim,
  driver,
  growth,
  type StorageClass,
  volumeFor,
  zoneLabel,
} from "./volume-rules.ts";
import { createVolume, deleteVolume, findVolume, resizeVolume, volumeId } from "./volumes.ts";
import { watched } from "./watched.ts";

const [cluster] = process.argv.slice(2) as [string];

const storage = "/apis/storage.k8s.io/v1";
const provisionedBy = "pv.kubernetes.io/provisioned-by";
const selectedNode = "volume.kubernetes.io/selected-node";
/** How long it waits before it says again why a claim gets no volume. */
const repeatSeconds = 60;

interface PersistentVolume {
  metadata: { name: string; annotations?: Record<string, string>; deletionTimestamp?: string };
  spec: { csi?: { driver: string; volumeHandle: string }; persistentVolumeReclaimPolicy: string };
  status: { phase: string };
}

interface Attachment {
  metadata: { name: string };
  spec: { attacher: string; nodeName: string; source: { persistentVolumeName?: string } };
  status?: { attached: boolean; attachError?: { message: string } };
}

const zoneOf = (node: string): string | undefined => nodesOf(cluster).find(({ name }) => name === node)?.zone;

const claimPath = ({ metadata: { namespace, name } }: Claim): string =>
  `/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`;

async function tell(
  claim: Claim,
  type: "Normal" | "Warning",
  reason: string,
  message: string,
): Promise<void> {
  const { namespace, name, uid } = claim.metadata;
  const now = new Date().toISOString();
  await api(cluster, "POST", `/api/v1/namespaces/${namespace}/events`, {
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
    ...{ type, reason, message, source: { component: driver } },
    ...{ firstTimestamp: now, lastTimestamp: now, count: 1 },
  });
}

const toldAt = new Map<string, number>();

async function refuse(claim: Claim, storageClass: StorageClass, reason: string): Promise<void> {
  const message = `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${reason}`;
  const key = `${claim.metadata.uid} ${message}`;
  if (Date.now() - (toldAt.get(key) ?? 0) < repeatSeconds * 1000) return;
  toldAt.set(key, Date.now());
  await tell(claim, "Warning", "ProvisioningFailed", message);
}

/** That of the node which the scheduler has chosen for the claim's first pod, or else any that the class allows. */
function zoneFor(claim: Claim, storageClass: StorageClass): string | undefined {
  const node = claim.metadata.annotations?.[selectedNode];
  return node ? zoneOf(node) : (allowedZones(storageClass) ?? zonesOf(cluster))[0];
}

async function provision(claim: Claim): Promise<void> {
  const { name, namespace, uid } = claim.metadata;
  const classPath = `${storage}/storageclasses/${claim.spec.storageClassName}`;
  const storageClass = await api<StorageClass>(cluster, "GET", classPath);
  const zone = zoneFor(claim, storageClass);
  if (!zone) {
    // The node went meanwhile: the scheduler chooses another one.
    await api(cluster, "PATCH", claimPath(claim), { metadata: { annotations: { [selectedNode]: null } } });
    return;
  }
  let made: ReturnType<typeof volumeFor>;
  try {
    made = volumeFor(claim, storageClass);
  } catch (error) {
    await refuse(claim, storageClass, (error as Error).message);
    return;
  }
  const { fsType, ...size } = made;
  const id = volumeId(uid);
  createVolume({ id, zone, ...size });
  const expression = (key: string, value: string) => ({ key, operator: "In", values: [value] });
  const matchExpressions = [
    expression(zoneLabel, zone),
    expression("eks.amazonaws.com/compute-type", "auto"),
  ];
  await api(cluster, "POST", "/api/v1/persistentvolumes", {
    metadata: { name: `pvc-${uid}`, annotations: { [provisionedBy]: driver } },
    spec: {
      accessModes: claim.spec.accessModes,
      capacity: { storage: `${size.sizeGiB}Gi` },
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
      csi: { driver, fsType, volumeHandle: id },
      mountOptions: storageClass.mountOptions,
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy,
      storageClassName: storageClass.metadata.name,
    },
  });
  await tell(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume pvc-${uid}`);
}

/** Why EC2 would not attach the volume to the node. */
function obstacle(id: string, node: string): string | undefined {
  const volume = findVolume(id);
  if (!volume) return `InvalidVolume.NotFound: The volume '${id}' does not exist.`;
  const zone = zoneOf(node);
  if (!zone) return `InvalidInstanceID.NotFound: The instance ID '${node}' does not exist`;
  if (zone === volume.zone) return undefined;
  return `InvalidVolume.ZoneMismatch: The volume '${id}' is not in the same availability zone as instance '${node}'`;
}

async function attach({ metadata, spec, status }: Attachment, volumes: PersistentVolume[]): Promise<void> {
  const volume = volumes.find(({ metadata: { name } }) => name === spec.source.persistentVolumeName);
  if (!volume?.spec.csi) return;
  const reason = obstacle(volume.spec.csi.volumeHandle, spec.nodeName);
  if (reason && reason === status?.attachError?.message) return;
  const attachError = reason ? { message: reason, time: new Date().toISOString() } : null;
  const path = `${storage}/volumeattachments/${metadata.name}/status`;
  await api(cluster, "PATCH", path, { status: { attached: !reason, attachError } });
}

/** Makes a claim's volume larger: the claim has what it asks for once its status says so. */
async function grow(claim: Claim, volumes: PersistentVolume[]): Promise<void> {
  const sizeGiB = growth(claim);
  const own = volumes.find(({ metadata: { name } }) => name === claim.spec.volumeName);
  const volume = own?.spec.csi?.driver === driver && findVolume(own.spec.csi.volumeHandle);
  if (!sizeGiB || !own || !volume) return;
  resizeVolume(volume, sizeGiB);
  const capacity = { storage: `${sizeGiB}Gi` };
  await api(cluster, "PATCH", `/api/v1/persistentvolumes/${own.metadata.name}`, { spec: { capacity } });
  await api(cluster, "PATCH", `${claimPath(claim)}/status`, { status: { capacity } });
}

async function remove({ metadata: { name }, spec }: PersistentVolume): Promise<void> {
  if (spec.csi) deleteVolume(spec.csi.volumeHandle);
  await api(cluster, "DELETE", `/api/v1/persistentvolumes/${name}`);
}

const waits = ({ metadata: { annotations }, spec }: Claim): boolean =>
  !spec.volumeName && annotations?.["volume.kubernetes.io/storage-provisioner"] === driver;

const isReleased = ({ metadata, spec, status }: PersistentVolume): boolean =>
  status.phase === "Released" &&
  spec.persistentVolumeReclaimPolicy === "Delete" &&
  metadata.annotations?.[provisionedBy] === driver &&
  !metadata.deletionTimestamp;

/** One that fails keeps no other one waiting. */
async function each<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) await work(item).catch((error) => console.error(`${error}`));
}

async function step(): Promise<void> {
  const [claims, volumes, all] = await Promise.all([
    watched<Claim>(cluster, "/api/v1/persistentvolumeclaims"),
    watched<PersistentVolume>(cluster, "/api/v1/persistentvolumes"),
    watched<Attachment>(cluster, `${storage}/volumeattachments`),
  ]);
  const attachments = all.filter(({ spec }) => spec.attacher === driver);
  await each(claims.filter(waits), provision);
  await each(claims, (claim) => grow(claim, volumes));
  await each(
    attachments.filter(({ status }) => !status?.attached),
    (attachment) => attach(attachment, volumes),
  );
  const isAttached = ({ metadata: { name } }: PersistentVolume) =>
    attachments.some(({ spec }) => spec.source.persistentVolumeName === name);
  await each(
    volumes.filter((volume) => isReleased(volume) && !isAttached(volume)),
    remove,
  );
}

/** As Auto Mode has it: `kubectl get csidrivers` on such a cluster (2026-11). */
const csiDriver = {
  metadata: { name: driver },
  spec: { attachRequired: true, podInfoOnMount: false, volumeLifecycleModes: ["Persistent"] },
};

await api(cluster, "POST", `${storage}/csidrivers`, csiDriver).catch((error: Error) => {
  if (!error.message.includes("answered 409")) throw error;
});
for (;;) {
  // While the API is away there is nothing to do; it says so once it is back.
  await step().catch((error) => console.error(`${error}`));
  await sleep(1000);
}
