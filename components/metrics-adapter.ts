import { APIService } from "@pulumi/kubernetes/apiregistration/v1/apiservice.js";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import * as pulumi from "@pulumi/pulumi";
import type { Metrics } from "../description/description.ts";
import type { Target } from "./autoscaling.ts";
import type { Cluster } from "./cluster.ts";
import { podSpec } from "./pod.ts";
import { blocks, kubernetesApi, podsOf, policy } from "./policies.ts";
import { SURGE } from "./rollout.ts";
import { script } from "./script.ts";
import { ServerCertificate } from "./server-certificate.ts";
import { PROGRESS_SECONDS } from "./serving.ts";
import type { Workload } from "./workload.ts";

const API = { group: "custom.metrics.k8s.io", version: "v1beta2" };
const PORT = 8443;
const CERTIFICATE = "/run/secrets/metrics-adapter";
/** Where Kubernetes puts a service account's token. */
const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Of its pods, for a service of this name. */
export const adapterName = (serviceName: string): string => `${serviceName}-metrics`;

export interface MetricsAdapterArgs {
  /** Whose pods it asks. */
  workload: Workload;
  /** What they tell. */
  metrics: Metrics;
  /** A cluster has one such API. */
  cluster: Cluster;
  /** Has `python3`, 3.11 or newer. */
  image: pulumi.Input<string>;
  /** Of the certificate: another one means a new certificate. */
  year: number;
}

/** Tells the autoscaler how many requests its pods have in flight, as Kubernetes' API for custom metrics. */
export class MetricsAdapter extends pulumi.ComponentResource {
  constructor(name: string, args: MetricsAdapterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:MetricsAdapter", name, {}, opts);
    const { workload, year } = args;
    const { namespace } = workload;
    const host = adapterName(workload.description.name);
    const target = { namespace, name: host, labels: { "app.kubernetes.io/name": host } };
    // The name that the API server asks for (`handler_proxy.go` of kube-aggregator 0.34, 2026-11).
    const aliases = [pulumi.interpolate`${host}.${namespace}.svc`];
    const certificate = new ServerCertificate(
      `${name}-certificate`,
      { host, aliases, year },
      { parent: this },
    );
    const before = [workload.isolation, ways(name, args, target, this), ...rights(name, target, this)];
    const ready = deployment(name, args, target, certificate, before, this);
    register(name, target, certificate, ready, this);
    this.registerOutputs();
  }
}

/**
 * EKS' control plane calls from the cluster's subnets (aws-network-policy-agent#281; "EKS Control Plane" in EKS' best
 * practices; 2026-11). All pods and nodes are in there too: the adapter asks whoever calls for a certificate.
 */
function ways(
  name: string,
  { workload, metrics, cluster }: MetricsAdapterArgs,
  { namespace, name: policyName, labels }: Target,
  parent: MetricsAdapter,
): pulumi.Resource {
  const from = [{ peers: blocks(cluster.cidrs), port: PORT }];
  const pods = { peers: podsOf(workload.description.name), port: metrics.port };
  const to = [pods, kubernetesApi(cluster.apiAddress)];
  return policy(`${name}-ways`, { namespace, policyName, labels, from, to }, { parent });
}

/** To list the namespace's pods, and to read by what certificate the API server is known: no more. */
function rights(name: string, { namespace, name: accountName }: Target, parent: MetricsAdapter) {
  const metadata = { name: accountName, namespace };
  const account = new ServiceAccount(
    `${name}-account`,
    { metadata, automountServiceAccountToken: false },
    { parent },
  );
  const subjects = [{ kind: "ServiceAccount", name: accountName, namespace }];
  const bound = (of: string, role: pulumi.Input<string>, inNamespace: pulumi.Input<string>) =>
    new RoleBinding(
      `${name}-${of}`,
      {
        metadata: { name: accountName, namespace: inNamespace },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role },
        subjects,
      },
      { parent },
    );
  const pods = new Role(
    `${name}-pods`,
    { metadata, rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }] },
    { parent },
  );
  return [
    account,
    bound("pods", pods.metadata.name, namespace),
    bound("callers", "extension-apiserver-authentication-reader", "kube-system"),
  ];
}

function deployment(
  name: string,
  { workload, metrics, image }: MetricsAdapterArgs,
  { labels, ...names }: Target,
  certificate: ServerCertificate,
  dependsOn: pulumi.Resource[],
  parent: MetricsAdapter,
): Deployment {
  const { mount, command } = script(
    `${name}-script`,
    "metrics-adapter",
    ["adapter.py"],
    names.namespace,
    parent,
  );
  const files = { "tls.crt": certificate.certificate, "tls.key": certificate.key };
  const secretName = workload.secret(`${name}-secrets`, files, parent);
  const env = {
    ADAPTER_NAMESPACE: names.namespace,
    ADAPTER_SELECTOR: `app.kubernetes.io/name=${workload.description.name}`,
    ADAPTER_METRIC: metrics.requestsInFlight,
    ADAPTER_METRIC_PORT: String(metrics.port),
    ADAPTER_METRIC_PATH: metrics.path,
    ADAPTER_PORT: String(PORT),
    ADAPTER_CERTIFICATE: CERTIFICATE,
    ADAPTER_ACCOUNT: ACCOUNT,
  };
  const pod = podSpec(
    {
      account: names.name,
      image,
      variables: { env: Object.entries(env).map(([name, value]) => ({ name, value })) },
      mounts: [
        mount,
        {
          mountPath: CERTIFICATE,
          readOnly: true,
          volume: { name: "certificate", secret: { secretName } },
        },
      ],
      resources: {
        requests: { cpu: "50m", memory: "64Mi", "ephemeral-storage": "16Mi" },
        limits: { memory: "128Mi", "ephemeral-storage": "64Mi" },
      },
    },
    {
      name: "adapter",
      command,
      terminationMessagePolicy: "FallbackToLogsOnError",
      ports: [{ name: "https", containerPort: PORT }],
      // Whoever asks over HTTPS needs a certificate, and the kubelet has none of the API server's.
      readinessProbe: { tcpSocket: { port: "https" }, periodSeconds: 5, timeoutSeconds: 2 },
    },
    // It reads from the cluster's API. What else is in this namespace doesn't.
    { automountServiceAccountToken: true },
  );
  return new Deployment(
    `${name}-deployment`,
    {
      metadata: { ...names, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: SURGE, maxUnavailable: 0 } },
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: PROGRESS_SECONDS,
        template: { metadata: { labels }, spec: pod },
      },
    },
    { parent, dependsOn },
  );
}

/**
 * Last of all when it is made, and so the first to go: while an API is registered and nobody serves it, Kubernetes deletes
 * no namespace (kubernetes#60807, kubernetes#75788; 2026-11).
 */
function register(
  name: string,
  { namespace, name: serviceName, labels }: Target,
  { authority }: ServerCertificate,
  ready: Deployment,
  parent: MetricsAdapter,
): void {
  const service = new Service(
    `${name}-service`,
    {
      metadata: {
        name: serviceName,
        namespace,
        labels,
        // As the app's.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: { selector: labels, ports: [{ name: "https", port: 443, targetPort: "https" }] },
    },
    { parent },
  );
  new APIService(
    `${name}-api`,
    {
      metadata: {
        name: `${API.version}.${API.group}`,
        annotations: { "pulumi.com/waitFor": "condition=Available" },
      },
      spec: {
        ...API,
        groupPriorityMinimum: 100,
        versionPriority: 100,
        caBundle: authority.apply((pem) => Buffer.from(pem).toString("base64")),
        service: { name: service.metadata.name, namespace, port: 443 },
      },
    },
    { parent, dependsOn: ready },
  );
}
