import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { certificates } from "./authorities.ts";
import type { Cluster } from "./cluster.ts";
import type { Database } from "./database.ts";
import { CA_FOLDER, type Container, type Pod, podSpec } from "./pod.ts";
import { trust } from "./trust.ts";

/** Namespace, Service and service account are all called this. */
export const SERVICE = "orders";
export const PORT = 8000;

const CA_FILE = "database-ca.pem";

/** For /tmp's 64 MiB and the logs, of which a kubelet keeps five files of 10 MiB. */
const STORAGE = { request: "128Mi", limit: "256Mi" };

/** What the service may be told; docs/settings.md says what each one does. */
export interface ServiceSettings {
  logLevel: string;
  docs: boolean;
  allowedHosts: readonly string[];
  requestTimeoutSeconds: number;
  gracefulTimeoutSeconds: number;
  keepAliveSeconds: number;
  cpuRequest: string;
  memoryRequest: string;
  memoryLimit: string;
}

export interface PoolSettings {
  poolSize: number;
  maxOverflow: number;
  poolPrePing: boolean;
  poolRecycleSeconds: number;
  connectTimeoutSeconds: number;
  commandTimeoutSeconds: number;
  /** `amazon-rds`, or the path of a PEM file. */
  caBundle: string;
}

export interface WorkloadArgs {
  /** What the service calls its environment in logs. */
  environment: string;
  /** `repository@sha256:…` */
  image: pulumi.Input<string>;
  cluster: Cluster;
  database: Database;
  service: ServiceSettings;
  pool: PoolSettings;
}

/** What migration and app share: namespace, identity, settings, credentials and the pod they run in. */
export class Workload extends pulumi.ComponentResource {
  readonly namespace: pulumi.Output<string>;
  /** One pod for both, so that a migration never runs with rights or settings that the app lacks. */
  readonly pod: (container: Container, pod: Partial<Pod>) => Pod;

  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Workload", name, {}, opts);

    this.namespace = restrictedNamespace(name, this);
    const account = identity(name, args.cluster, this);
    const data = { namespace: this.namespace };
    // Without a name of ours, and immutable, a change makes new ones beside the old: pods roll, and
    // those of the previous version keep theirs until they are gone.
    const child = { parent: this };
    const settings = new ConfigMap(
      `${name}-settings`,
      { metadata: data, immutable: true, data: environment(args) },
      child,
    );
    const authorities = new ConfigMap(
      `${name}-authorities`,
      { metadata: data, immutable: true, data: { [CA_FILE]: certificates(args.pool.caBundle) } },
      child,
    );
    const credentials = new Secret(
      `${name}-credentials`,
      { metadata: data, immutable: true, stringData: { APP_DATABASE_PASSWORD: args.database.password } },
      child,
    );

    const parts = {
      account,
      image: args.image,
      settings: settings.metadata.name,
      credentials: credentials.metadata.name,
      authorities: authorities.metadata.name,
      resources: {
        requests: {
          cpu: args.service.cpuRequest,
          memory: args.service.memoryRequest,
          "ephemeral-storage": STORAGE.request,
        },
        limits: { memory: args.service.memoryLimit, "ephemeral-storage": STORAGE.limit },
      },
    };
    this.pod = (container, pod) => podSpec(parts, container, pod);
    this.registerOutputs();
  }
}

function restrictedNamespace(name: string, parent: Workload): pulumi.Output<string> {
  const levels = ["enforce", "audit", "warn"].map((mode) => [
    `pod-security.kubernetes.io/${mode}`,
    "restricted",
  ]);
  const namespace = new Namespace(
    `${name}-namespace`,
    { metadata: { name: SERVICE, labels: Object.fromEntries(levels) } },
    { parent },
  );
  return namespace.metadata.name;
}

/** The service account's name, once AWS knows it: pods that start earlier stay without their role. */
function identity(name: string, cluster: Cluster, parent: Workload): pulumi.Output<string> {
  const role = new Role(
    `${name}-pod`,
    { assumeRolePolicy: trust("pods.eks.amazonaws.com"), description: "Rights of the service's pods in AWS" },
    { parent },
  );
  const account = new ServiceAccount(
    `${name}-account`,
    { metadata: { name: SERVICE, namespace: parent.namespace }, automountServiceAccountToken: false },
    { parent },
  );
  const association = new PodIdentityAssociation(
    `${name}-identity`,
    {
      clusterName: cluster.name,
      namespace: parent.namespace,
      serviceAccount: account.metadata.name,
      roleArn: role.arn,
    },
    { parent },
  );
  return association.serviceAccount;
}

/** As the service's own settings.py has them; "localhost" is for `kubectl port-forward`. */
function environment({ environment, database, service, pool }: WorkloadArgs) {
  const inside = [SERVICE, `${SERVICE}.${SERVICE}`, `${SERVICE}.${SERVICE}.svc.cluster.local`];
  return {
    APP_ENVIRONMENT: environment,
    APP_LOG_LEVEL: service.logLevel,
    APP_DOCS: String(service.docs),
    APP_ALLOWED_HOSTS: [...service.allowedHosts, ...inside, "localhost"].join(","),
    APP_PORT: String(PORT),
    APP_REQUEST_TIMEOUT_SECONDS: String(service.requestTimeoutSeconds),
    APP_GRACEFUL_TIMEOUT_SECONDS: String(service.gracefulTimeoutSeconds),
    APP_KEEP_ALIVE_SECONDS: String(service.keepAliveSeconds),
    APP_DATABASE_HOST: database.address,
    APP_DATABASE_PORT: pulumi.interpolate`${database.port}`,
    APP_DATABASE_NAME: database.name,
    APP_DATABASE_USER: database.username,
    APP_DATABASE_CA_FILE: `${CA_FOLDER}/${CA_FILE}`,
    APP_DATABASE_POOL_SIZE: String(pool.poolSize),
    APP_DATABASE_MAX_OVERFLOW: String(pool.maxOverflow),
    APP_DATABASE_POOL_PRE_PING: String(pool.poolPrePing),
    APP_DATABASE_POOL_RECYCLE_SECONDS: String(pool.poolRecycleSeconds),
    APP_DATABASE_CONNECT_TIMEOUT_SECONDS: String(pool.connectTimeoutSeconds),
    APP_DATABASE_COMMAND_TIMEOUT_SECONDS: String(pool.commandTimeoutSeconds),
  };
}
