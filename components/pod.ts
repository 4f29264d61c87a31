import type { core } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";

export type Pod = core.v1.PodSpec & { containers: core.v1.Container[]; volumes: core.v1.Volume[] };
/** What one container has of its own. */
export type Container = Pick<core.v1.Container, "name" | "command"> & Partial<core.v1.Container>;

/** Whatever user the image names. Nothing is owned by it, and what the image holds is readable to it. */
const USER = 10001;

export interface Variables {
  /** Name of the ConfigMap whose keys are variables. */
  settings?: pulumi.Input<string>;
  /** Name of the Secret whose keys are variables, if any are secret. */
  secrets?: pulumi.Input<string>;
  /** Those of the pod's own. */
  env: core.v1.EnvVar[];
}

export interface Mount {
  mountPath: string;
  readOnly?: boolean;
  volume: core.v1.Volume & { name: string };
}

export interface PodParts {
  /** Name of the service account. */
  account: pulumi.Input<string>;
  /** `repository@sha256:…` */
  image: pulumi.Input<string>;
  variables: Variables;
  mounts: Mount[];
  resources: core.v1.ResourceRequirements;
  /** Of pods that share a volume. */
  sharing?: Sharing;
}

export interface Sharing {
  /** By which a pod finds the others. */
  labels: Record<string, string>;
  affinity: core.v1.Affinity;
  seLinuxOptions: core.v1.SELinuxOptions;
}

/** A pod of one container, as strict as the namespace demands and the service allows. */
export function podSpec(parts: PodParts, container: Container, pod: Partial<Pod>): Pod {
  const { settings, secrets, env } = parts.variables;
  return {
    serviceAccountName: parts.account,
    automountServiceAccountToken: false,
    // Kubernetes would add a variable for each Service, and a service may refuse those that it doesn't know.
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
      ...(parts.sharing && { seLinuxOptions: parts.sharing.seLinuxOptions }),
    },
    ...(parts.sharing && { affinity: parts.sharing.affinity }),
    volumes: parts.mounts.map(({ volume }) => volume),
    containers: [
      {
        image: parts.image,
        envFrom: [
          ...(settings === undefined ? [] : [{ configMapRef: { name: settings } }]),
          ...(secrets === undefined ? [] : [{ secretRef: { name: secrets } }]),
        ],
        env,
        resources: parts.resources,
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: parts.mounts.map(({ volume, mountPath, readOnly }) => ({
          name: volume.name,
          mountPath,
          readOnly,
        })),
        ...container,
      },
    ],
    ...pod,
  };
}
