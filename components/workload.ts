import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import * as pulumi from "@pulumi/pulumi";
import type { Description } from "../description/description.ts";
import { certificates } from "./authorities.ts";
import type { Cluster } from "./cluster.ts";
import type { Database } from "./database.ts";
import { DatabaseFile } from "./database-file.ts";
import { type Container, type Mount, type Pod, podSpec, type Variables } from "./pod.ts";
import { trust } from "./trust.ts";
import { type KnownValues, resolved, sorted } from "./variables.ts";

const CA_FOLDER = "/etc/database-ca";
const CA_FILE = "ca.pem";

/** For /tmp, the other folders that are written to, and the logs, of which a kubelet keeps five files of 10 MiB. */
const STORAGE = { requestMiB: 128, limitMiB: 256, folderMiB: 64 };

/** What the service may be told; docs/settings.md says what each one does. */
export interface ServiceSettings {
  logLevel: string;
  docs: boolean;
  workers: number;
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

/** Of SQLite's file. */
export interface FileSettings {
  /** Size of the volume. */
  storageGiB: number;
  /** Keep the volume when the stack is destroyed. */
  finalSnapshot: boolean;
}

export interface WorkloadSettings {
  /** Refuse to delete the database's file. */
  protect: boolean;
  app: ServiceSettings;
  database: PoolSettings & FileSettings;
  migration: { deadlineSeconds: number };
}

export interface WorkloadArgs {
  description: Description;
  /** What the service calls its environment in logs. */
  environment: string;
  /** `repository@sha256:…` */
  image: pulumi.Input<string>;
  cluster: Cluster;
  /** Where the description asks for PostgreSQL. */
  database?: Database;
  settings: WorkloadSettings;
}

/** What migration and app share: namespace, identity, settings, credentials and the pod they run in. */
export class Workload extends pulumi.ComponentResource {
  readonly description: Description;
  readonly namespace: pulumi.Output<string>;
  /** Of the cluster that it is in. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Where the description asks for SQLite. */
  readonly file?: DatabaseFile;
  /** One pod for both, so that a migration never runs with rights or settings that the app lacks. */
  readonly pod: (container: Container, pod: Partial<Pod>) => Pod;

  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Workload", name, {}, opts);

    this.description = args.description;
    this.kubeconfig = args.cluster.kubeconfig;
    this.namespace = restrictedNamespace(name, this);
    if (args.description.database === "sqlite") this.file = databaseFile(name, args, this);
    const parts = {
      account: identity(name, args.cluster, this),
      image: args.image,
      variables: variables(name, args, this),
      mounts: mounts(name, args, this),
      resources: resources(args),
      sharing: this.file,
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
    { metadata: { name: parent.description.name, labels: Object.fromEntries(levels) } },
    { parent },
  );
  return namespace.metadata.name;
}

function databaseFile(name: string, { description, settings }: WorkloadArgs, parent: Workload): DatabaseFile {
  return new DatabaseFile(
    `${name}-file`,
    {
      serviceName: description.name,
      namespace: parent.namespace,
      storageGiB: settings.database.storageGiB,
      keep: settings.database.finalSnapshot,
      protect: settings.protect,
    },
    { parent },
  );
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
    {
      metadata: { name: parent.description.name, namespace: parent.namespace },
      automountServiceAccountToken: false,
    },
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

/**
 * Without a name of ours, and immutable: a change makes a new one beside the old. Pods roll, and those of the
 * previous version keep theirs until they are gone.
 */
function configMap(name: string, data: Record<string, pulumi.Input<string>>, parent: Workload) {
  const { namespace } = parent;
  const map = new ConfigMap(name, { metadata: { namespace }, immutable: true, data }, { parent });
  return map.metadata.name;
}

/** As `configMap`. */
function secret(name: string, stringData: Record<string, pulumi.Input<string>>, parent: Workload) {
  const { namespace } = parent;
  const secret = new Secret(name, { metadata: { namespace }, immutable: true, stringData }, { parent });
  return secret.metadata.name;
}

function variables(name: string, args: WorkloadArgs, parent: Workload): Variables {
  const { plain, secrets, image } = sorted(args.description.variables, knownValues(args, parent.file));
  const isEmpty = Object.keys(secrets).length === 0;
  return {
    settings: configMap(`${name}-settings`, plain, parent),
    secrets: isEmpty ? undefined : secret(`${name}-variables`, secrets, parent),
    // A new image rolls the pods by itself: it needs no new ConfigMap.
    env: Object.entries(image).map(([name, value]) => ({ name, value })),
  };
}

function mounts(name: string, args: WorkloadArgs, parent: Workload): Mount[] {
  const { secretFiles, writes = [] } = args.description;
  const files = resolved(secretFiles?.files ?? {}, knownValues(args, parent.file));
  const written = ["/tmp", ...writes].map((mountPath, index) => ({
    mountPath,
    volume: {
      name: index === 0 ? "tmp" : `written-${index}`,
      emptyDir: { sizeLimit: `${STORAGE.folderMiB}Mi` },
    },
  }));
  const authorities = args.database && {
    mountPath: CA_FOLDER,
    readOnly: true,
    volume: {
      name: "authorities",
      configMap: {
        name: configMap(
          `${name}-authorities`,
          { [CA_FILE]: certificates(args.settings.database.caBundle) },
          parent,
        ),
      },
    },
  };
  const credentials = secretFiles &&
    Object.keys(files).length > 0 && {
      mountPath: secretFiles.folder,
      readOnly: true,
      volume: { name: "credentials", secret: { secretName: secret(`${name}-credentials`, files, parent) } },
    };
  return [...written, authorities, credentials, parent.file?.mount].flatMap((mount) => mount || []);
}

function resources({ settings: { app }, description: { writes = [] } }: WorkloadArgs) {
  const written = writes.length * STORAGE.folderMiB;
  return {
    requests: {
      cpu: app.cpuRequest,
      memory: app.memoryRequest,
      "ephemeral-storage": `${STORAGE.requestMiB + written}Mi`,
    },
    limits: { memory: app.memoryLimit, "ephemeral-storage": `${STORAGE.limitMiB + written}Mi` },
  };
}

function knownValues(args: WorkloadArgs, file?: DatabaseFile): KnownValues {
  const { description, environment, image, database, settings } = args;
  const { app, database: pool, migration } = settings;
  const { name, http } = description;
  // "localhost" is for `kubectl port-forward`.
  const inside = [name, `${name}.${name}`, `${name}.${name}.svc.cluster.local`, "localhost"];
  return {
    environment,
    image,
    port: http && String(http.port),
    workers: String(app.workers),
    logLevel: app.logLevel,
    docs: String(app.docs),
    allowedHosts: [...app.allowedHosts, ...inside].join(","),
    requestTimeoutSeconds: String(app.requestTimeoutSeconds),
    gracefulTimeoutSeconds: String(app.gracefulTimeoutSeconds),
    keepAliveSeconds: String(app.keepAliveSeconds),
    // PostgreSQL gives up before the Job does: its error says which statement it was.
    "migration.statementTimeoutMs": String((migration.deadlineSeconds - 20) * 1000),
    ...(database && {
      "database.host": database.address,
      "database.port": pulumi.interpolate`${database.port}`,
      "database.name": database.name,
      "database.user": database.username,
      "database.password": database.password,
      "database.caFile": `${CA_FOLDER}/${CA_FILE}`,
      "database.maxOverflow": String(pool.maxOverflow),
      "database.poolPrePing": String(pool.poolPrePing),
      "database.poolRecycleSeconds": String(pool.poolRecycleSeconds),
      "database.connectTimeoutSeconds": String(pool.connectTimeoutSeconds),
    }),
    ...(file && { "database.file": file.path }),
    ...((database || file) && {
      "database.poolSize": String(pool.poolSize),
      "database.commandTimeoutSeconds": String(pool.commandTimeoutSeconds),
    }),
  };
}
