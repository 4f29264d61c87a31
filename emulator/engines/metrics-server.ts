// EKS' add-on metrics-server: the real program, in pods of the cluster.
import { provideImage } from "./images.ts";
import { kubectl, waitForApi } from "./kubernetes.ts";

const name = "metrics-server";
const namespace = "kube-system";
const labels = { "app.kubernetes.io/instance": name, "app.kubernetes.io/name": name };
const metadata = (metadataName = name) => ({ name: metadataName, namespace, labels });
/** "pre-configured to use port 10251": EKS user guide, metrics-server (2026-11). */
const port = 10251;

const rbac = "rbac.authorization.k8s.io";
const subjects = [{ kind: "ServiceAccount", name, namespace }];
const clusterRole = (roleName: string) => ({ apiGroup: rbac, kind: "ClusterRole", name: roleName });

const access = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: metadata() },
  {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: metadata(`system:${name}`),
    rules: [
      { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
      { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
    ],
  },
  {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: {
      ...metadata(`system:${name}-aggregated-reader`),
      labels: Object.fromEntries(
        ["admin", "edit", "view"].map((role) => [`${rbac}/aggregate-to-${role}`, "true"]),
      ),
    },
    rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }],
  },
  ...[`system:${name}`, "system:auth-delegator"].map((role) => ({
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: metadata(`${name}:${role}`),
    roleRef: clusterRole(role),
    subjects,
  })),
  {
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: metadata(`${name}-auth-reader`),
    roleRef: { apiGroup: rbac, kind: "Role", name: "extension-apiserver-authentication-reader" },
    subjects,
  },
];

/** The arguments and probes of its release; two of it, as EKS has them. It verifies kubelets by the cluster's authority. */
const deployment = (image: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: metadata(),
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        serviceAccountName: name,
        priorityClassName: "system-cluster-critical",
        containers: [
          {
            name,
            image,
            args: [
              `--secure-port=${port}`,
              "--cert-dir=/tmp",
              "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
              "--kubelet-use-node-status-port",
              "--metric-resolution=15s",
            ],
            ports: [{ name: "https", containerPort: port }],
            livenessProbe: { httpGet: { path: "/livez", port: "https", scheme: "HTTPS" } },
            readinessProbe: {
              httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
              initialDelaySeconds: 20,
            },
            resources: { requests: { cpu: "100m", memory: "200Mi" }, limits: { memory: "400Mi" } },
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              runAsNonRoot: true,
              runAsUser: 1000,
              seccompProfile: { type: "RuntimeDefault" },
              capabilities: { drop: ["ALL"] },
            },
            volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
          },
        ],
        volumes: [{ name: "tmp", emptyDir: {} }],
      },
    },
  },
});

const api = [
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadata(),
    spec: { maxUnavailable: 1, selector: { matchLabels: labels } },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadata(),
    spec: { selector: labels, ports: [{ name: "https", port: 443, targetPort: "https" }] },
  },
  {
    apiVersion: "apiregistration.k8s.io/v1",
    kind: "APIService",
    metadata: { name: "v1beta1.metrics.k8s.io", labels },
    spec: {
      group: "metrics.k8s.io",
      version: "v1beta1",
      groupPriorityMinimum: 100,
      versionPriority: 100,
      // It makes its own certificate at each start.
      insecureSkipTLSVerify: true,
      service: { name, namespace },
    },
  },
];

const manifest = (image: string): string =>
  JSON.stringify({ apiVersion: "v1", kind: "List", items: [...access, deployment(image), ...api] });

/** Deploys it, and returns once its pods run. */
export async function deployMetricsServer(cluster: string, timeoutSeconds: number): Promise<void> {
  await waitForApi(cluster);
  await kubectl(cluster, ["apply", "-f", "-"], manifest(await provideImage("emulator/metrics-server")));
  const rollout = ["rollout", "status", `deployment/${name}`, "-n", namespace];
  await kubectl(cluster, [...rollout, `--timeout=${timeoutSeconds}s`]);
}

export async function removeMetricsServer(cluster: string): Promise<void> {
  await waitForApi(cluster);
  await kubectl(cluster, ["delete", "--ignore-not-found", "-f", "-"], manifest("none"));
}
