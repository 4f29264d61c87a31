import { createHash } from "node:crypto";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass.js";
import type { core } from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import type { Mount, Sharing } from "./pod.ts";

const FOLDER = "/var/lib/database";

export interface DatabaseFileArgs {
  /** The file and what it is on are called after it. */
  serviceName: string;
  namespace: pulumi.Input<string>;
  /** Size of the volume. */
  storageGiB: number;
  /** Keep the volume in AWS when its claim is deleted, also with its namespace or cluster. */
  keep: boolean;
  /** Refuse to delete the claim. */
  protect: boolean;
}

/**
 * The volume with SQLite's file. It is in one zone, and the pods of one node may mount it. With ReadWriteOncePod only
 * one pod could, and nobody could copy the file while it is in use.
 */
export class DatabaseFile extends pulumi.ComponentResource implements Sharing {
  readonly path: string;
  readonly mount: Mount;
  readonly labels: Record<string, string>;
  readonly affinity: core.v1.Affinity;
  /** For a pod that waits until the others are on the volume's node, so that they never wait for it. */
  readonly sameNode: core.v1.Affinity;
  readonly seLinuxOptions: core.v1.SELinuxOptions;

  constructor(name: string, args: DatabaseFileArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:DatabaseFile", name, {}, opts);
    const claimName = `${args.serviceName}-database`;
    claim(name, claimName, args, this);

    this.path = `${FOLDER}/${args.serviceName}.db`;
    this.mount = {
      mountPath: FOLDER,
      volume: { name: "database", persistentVolumeClaim: { claimName } },
    };
    this.labels = { "database-claim": claimName };
    // All pods on the volume's node: it can be attached to one node alone.
    const beside = { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: this.labels } };
    // Only a wish: pods that hang on a lost node must not keep the service on it.
    const wish = { weight: 100, podAffinityTerm: beside };
    this.affinity = { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [wish] } };
    // The first pod finds none like itself, and may then be anywhere.
    this.sameNode = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [beside] } };
    this.seLinuxOptions = { level: level(claimName) };
    this.registerOutputs();
  }
}

function claim(name: string, claimName: string, args: DatabaseFileArgs, parent: DatabaseFile): void {
  const storage = new StorageClass(
    `${name}-class`,
    {
      // A class belongs to no namespace.
      metadata: { name: claimName },
      // EKS' user guide, "Create a storage class", and its reference of the parameters, 2026-11.
      provisioner: "ebs.csi.eks.amazonaws.com",
      parameters: { type: "gp3", encrypted: "true" },
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
      reclaimPolicy: args.keep ? "Retain" : "Delete",
    },
    { parent },
  );
  new PersistentVolumeClaim(
    `${name}-claim`,
    {
      metadata: {
        name: claimName,
        namespace: args.namespace,
        // There is no volume before there is a pod.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        // By its name, since another class must not replace the claim, and the data with it.
        storageClassName: claimName,
        resources: { requests: { storage: `${args.storageGiB}Gi` } },
      },
    },
    { parent, dependsOn: storage, protect: args.protect, retainOnDelete: args.keep },
  );
}

/**
 * Nodes of Auto Mode enforce SELinux. They give each pod a level of its own, which keeps it from the files of others.
 * Pods that share a volume need the same level (EKS' user guide, "Troubleshoot EKS Auto Mode", and
 * kubernetes-sigs/aws-ebs-csi-driver#2331, 2026-11). Where there is no SELinux, it has no effect.
 */
function level(claimName: string): string {
  const hash = createHash("sha256").update(claimName).digest();
  // Of the 1024 categories two different ones, the lower first.
  const [first, second] = [hash.readUInt16BE(0) % 512, 512 + (hash.readUInt16BE(2) % 512)];
  return `s0:c${first},c${second}`;
}
