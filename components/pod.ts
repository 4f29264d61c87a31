import type { core } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";

export type Pod = core.v1.PodSpec;
/** What one container has of its own. */
export type Container = Pick<core.v1.Container, "name" | "args"> &
  Partial<core.v1.Container> & { env?: core.v1.EnvVar[] };

/** Where pods find the certificate authorities of the database. */
export const CA_FOLDER = "/etc/orders";

/** Where the service looks for what its environment needn't show. */
const SECRETS_FOLDER = "/run/secrets/orders";

/** The user that the Dockerfile makes. */
const USER = 10001;

export interface PodParts {
  /** Name of the service account. */
  account: pulumi.Input<string>;
  /** `repository@sha256:…` */
  image: pulumi.Input<string>;
  /** Name of the ConfigMap whose keys are variables. */
  settings: pulumi.Input<string>;
  /** Name of the Secret that is mounted at SECRETS_FOLDER: a container's environment is on its node's disk. */
  credentials: pulumi.Input<string>;
  /** Name of the ConfigMap that is mounted at CA_FOLDER. */
  authorities: pulumi.Input<string>;
  resources: core.v1.ResourceRequirements;
}

/** A pod of one container, as strict as the namespace demands and the service allows. */
export function podSpec(parts: PodParts, container: Container, pod: Partial<Pod>): Pod {
  return {
    serviceAccountName: parts.account,
    automountServiceAccountToken: false,
    // Kubernetes would add a variable for each Service, and the service refuses unknown ones.
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      seccompProfile: { type: "RuntimeDefault" },
    },
    volumes: [
      { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
      { name: "authorities", configMap: { name: parts.authorities } },
      { name: "credentials", secret: { secretName: parts.credentials } },
    ],
    containers: [
      {
        image: parts.image,
        envFrom: [{ configMapRef: { name: parts.settings } }],
        resources: parts.resources,
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp" },
          { name: "authorities", mountPath: CA_FOLDER, readOnly: true },
          { name: "credentials", mountPath: SECRETS_FOLDER, readOnly: true },
        ],
        ...container,
        env: [{ name: "APP_IMAGE", value: parts.image }, ...(container.env ?? [])],
      },
    ],
    ...pod,
  };
}
