import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import type { Description } from "../description/description.ts";
import {
  fileValues,
  type PoolSettings,
  poolValues,
  type ServiceSettings,
  serviceValues,
} from "../description/setting-values.ts";
import { certificates } from "./authorities.ts";
import type { Cluster } from "./cluster.ts";
import type { Database } from "./database.ts";
import { DatabaseFile } from "./database-file.ts";
import { type Container, type Mount, type Pod, podSpec, type Variables } from "./pod.ts";
import { blocks, dns, policy, type Way } from "./policies.ts";
import { serviceAccount } from "./service-account.ts";
import { type KnownValues, resolved, sorted } from "./variables.ts";

const CA_FOLDER = "/etc/database-ca";
const CA_FILE = "ca.pem";

/** For /tmp, the other folders that are written to, and the logs, of which a kubelet keeps five files of 10 MiB. */
const STORAGE = { requestMiB: 128, limitMiB: 256, folderMiB: 64 };

/** What the service may be told, and what its pods reserve; docs/settings.md says what each one does. */
export interface PodSettings extends ServiceSettings {
  cpuRequest: string;
  memoryRequest: string;
  memoryLimit: string;
}

export interface DatabaseSettings extends PoolSettings {
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
  app: PodSettings;
  database: DatabaseSettings & FileSettings;
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
  /** To the database, if it is elsewhere. */
  readonly toDatabase: readonly Way[];
  /** To wait for before a pod starts: nobody calls the namespace's pods, and they call nobody. */
  readonly isolation: pulumi.Resource;
  /** One pod for both, so that a migration never runs with rights or settings that the app lacks. */
  readonly pod: (container: Container, pod: Partial<Pod>, ownMounts?: readonly Mount[]) => Pod;

  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Workload", name, {}, opts);

    this.description = args.description;
    this.kubeconfig = args.cluster.kubeconfig;
    this.namespace = restrictedNamespace(name, args.cluster.nodePool, this);
    this.isolation = policy(
      `${name}-isolation`,
      { namespace: this.namespace, policyName: "isolation", to: dns(args.cluster.dnsAddress) },
      { parent: this, dependsOn: args.cluster.enforcement },
    );
    const { database } = args;
    this.toDatabase = database ? [{ peers: blocks(database.cidrs), port: database.port }] : [];
    if (args.description.database === "sqlite") this.file = databaseFile(name, args, this);
    const known = knownValues(args, this.file);
    const parts = {
      account: serviceAccount(
        name,
        {
          cluster: args.cluster,
          namespace: this.namespace,
          accountName: args.description.name,
          roleName: `${name}-pod`,
          roleDescription: "Rights of the service's pods in AWS",
        },
        this,
      ),
      image: args.image,
      variables: variables(name, args, known, this),
      mounts: mounts(name, args, known, this),
      resources: resources(args),
      sharing: this.file,
    };
    this.pod = (container, pod, ownMounts = []) =>
      podSpec({ ...parts, mounts: [...parts.mounts, ...ownMounts] }, container, pod);
    this.registerOutputs();
  }
}

function restrictedNamespace(
  name: string,
  nodePool: pulumi.Resource,
  parent: Workload,
): pulumi.Output<string> {
  const levels = ["enforce", "audit", "warn"].map((mode) => [
    `pod-security.kubernetes.io/${mode}`,
    "restricted",
  ]);
  const namespace = new Namespace(
    `${name}-namespace`,
    { metadata: { name: parent.description.name, labels: Object.fromEntries(levels) } },
    { parent, dependsOn: nodePool },
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

function variables(
  name: string,
  { description }: WorkloadArgs,
  known: KnownValues,
  parent: Workload,
): Variables {
  const { plain, secrets, image } = sorted(description.variables, known);
  const isEmpty = Object.keys(secrets).length === 0;
  return {
    settings: configMap(`${name}-settings`, plain, parent),
    secrets: isEmpty ? undefined : secret(`${name}-variables`, secrets, parent),
    // A new image rolls the pods by itself: it needs no new ConfigMap.
    env: Object.entries(image).map(([name, value]) => ({ name, value })),
  };
}

function mounts(name: string, args: WorkloadArgs, known: KnownValues, parent: Workload): Mount[] {
  const { secretFiles, writes = [] } = args.description;
  const files = resolved(secretFiles?.files ?? {}, known);
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
  const { name } = description;
  // "localhost" is for `kubectl port-forward`.
  const inside = [name, `${name}.${name}`, `${name}.${name}.svc.cluster.local`, "localhost"];
  return {
    environment,
    image,
    ...serviceValues(description, app, migration, inside),
    ...(database && {
      "database.host": database.address,
      "database.port": pulumi.interpolate`${database.port}`,
      "database.name": database.name,
      "database.user": database.username,
      "database.password": database.password,
      "database.caFile": `${CA_FOLDER}/${CA_FILE}`,
      ...poolValues(pool),
    }),
    ...(file && { "database.file": file.path, ...fileValues(pool) }),
  };
}
