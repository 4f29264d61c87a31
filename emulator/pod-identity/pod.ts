// What EKS' webhook adds to a pod whose service account has a role: where its SDKs get credentials, and the token that
// they show there. Names and values: EKS user guide, "Pod Identity" and the pods of such a cluster (2026-11).

export const audience = "pods.eks.amazonaws.com";
export const agentAddress = "169.254.170.23";

const volumeName = "eks-pod-identity-token";
const folder = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";
const tokenSeconds = 86_400;

interface Container {
  name: string;
  env?: { name: string }[];
  volumeMounts?: { name: string }[];
}

export interface Pod {
  metadata?: { annotations?: Record<string, string> };
  spec: {
    serviceAccountName?: string;
    containers: Container[];
    initContainers?: Container[];
    volumes?: { name: string }[];
  };
}

interface Operation {
  op: "add";
  path: string;
  value: unknown;
}

const variables = (region: string) => [
  { name: "AWS_STS_REGIONAL_ENDPOINTS", value: "regional" },
  { name: "AWS_DEFAULT_REGION", value: region },
  { name: "AWS_REGION", value: region },
  { name: "AWS_CONTAINER_CREDENTIALS_FULL_URI", value: `http://${agentAddress}/v1/credentials` },
  { name: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", value: `${folder}/${volumeName}` },
];

/** What is there already stays as it is. */
function added<T extends { name: string }>(
  there: { name: string }[] | undefined,
  more: T[],
): { name: string }[] {
  return [...(there ?? []), ...more.filter(({ name }) => !there?.some((known) => known.name === name))];
}

/** The changes, as a JSON patch. */
export function withCredentials({ metadata, spec }: Pod, region: string): Operation[] {
  const skipped = metadata?.annotations?.["eks.amazonaws.com/skip-containers"]?.split(",") ?? [];
  const token = { path: volumeName, audience, expirationSeconds: tokenSeconds };
  const volume = { name: volumeName, projected: { sources: [{ serviceAccountToken: token }] } };
  const mount = { name: volumeName, mountPath: folder, readOnly: true };
  const container = (given: Container) =>
    skipped.includes(given.name)
      ? given
      : {
          ...given,
          env: added(given.env, variables(region)),
          volumeMounts: added(given.volumeMounts, [mount]),
        };
  const replace = (path: string, value: unknown): Operation => ({ op: "add", path: `/spec/${path}`, value });
  return [
    replace("volumes", added(spec.volumes, [volume])),
    replace("containers", spec.containers.map(container)),
    ...(spec.initContainers ? [replace("initContainers", spec.initContainers.map(container))] : []),
  ];
}
