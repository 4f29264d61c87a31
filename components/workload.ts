import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import * as pulumi from "@pulumi/pulumi";
import type { Description, Metrics } from "../description/description.ts";
import {
  fileValues,
  type PoolSettings,
  poolValues,
  type ServiceSettings,
  serviceValues,
} from "../description/setting-values.ts";
import { certificates } from "./authorities.ts";
import type { Cluster } from "./cluster.ts";
import { DatabaseFile } from "./database-file.ts";
import type { DatabaseLogin } from "./database-login.ts";
import { ExternalSecrets } from "./external-secrets.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import { type LoginPods, loginPods } from "./login-pods.ts";
import { type Container, type Mount, type Pod, type PodParts, podSpec } from "./pod.ts";
import { blocks, dns, podsOf, policy, type Way } from "./policies.ts";
import { POOLER_PORT } from "./pooler-configuration.ts";
import { type MakeSecret, secretIn } from "./secret.ts";
import type { ServerCertificate } from "./server-certificate.ts";
import { serviceAccount } from "./service-account.ts";
import { READINESS_GATES } from "./target-group-binding.ts";
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
  targetRequestsInFlight: number;
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
  /** Have Secrets come from Secrets Manager. */
  externalSecrets: boolean;
  /** Chart of the operator that does it. */
  externalSecretsChart: string;
}

export interface WorkloadArgs {
  description: Description;
  /** What the service calls its environment in logs. */
  environment: string;
  /** `repository@sha256:…` */
  image: pulumi.Input<string>;
  cluster: Cluster;
  /** Where the description asks for PostgreSQL. */
  login?: DatabaseLogin;
  /** Through which requests come from outside the cluster. */
  loadBalancer?: LoadBalancer;
  /** Of the pooler between the app's pods and the database. */
  pooler?: ServerCertificate;
  settings: WorkloadSettings;
}

type PodOf = (container: Container, pod: Partial<Pod>, ownMounts?: readonly Mount[]) => Pod;

/** What migration and app share: namespace, identity, settings and the pod they run in. */
export class Workload extends pulumi.ComponentResource {
  readonly description: Description;
  readonly namespace: pulumi.Output<string>;
  /** Of the cluster that it is in. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Where the description asks for SQLite. */
  readonly file?: DatabaseFile;
  /** Where it asks for PostgreSQL. */
  readonly login?: DatabaseLogin;
  readonly loginPods?: LoginPods;
  /** To the database, if it is elsewhere. */
  readonly toDatabase: readonly Way[];
  /** Of the app's pods: to the pooler, if there is one. */
  readonly toPool: readonly Way[];
  /** Where they count requests in flight, if pods are added for those. */
  readonly metrics?: Metrics;
  /** To wait for before a pod starts: nobody calls the namespace's pods, and they call nobody. */
  readonly isolation: pulumi.Resource;
  /** Makes a Secret for pods of the namespace. */
  readonly secret: MakeSecret;
  /** One pod for both, so that a migration never runs with settings that the app lacks. */
  readonly pod: PodOf;
  /** The same, but for whom it logs in to the database as, and never through a pooler: that keeps no session. */
  readonly ownerPod: PodOf;

  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Workload", name, {}, opts);

    const { description, login, image, pooler } = args;
    this.description = description;
    this.kubeconfig = args.cluster.kubeconfig;
    this.namespace = restrictedNamespace(name, args, this);
    this.isolation = policy(
      `${name}-isolation`,
      { namespace: this.namespace, policyName: "isolation", to: dns(args.cluster.dnsAddress) },
      { parent: this, dependsOn: args.cluster.enforcement },
    );
    this.secret = secretMaker(name, args, this);
    const database = login?.database;
    this.toDatabase = database ? [{ peers: blocks(database.cidrs), port: database.port }] : [];
    this.toPool = pooler ? [{ peers: podsOf(pooler.host), port: POOLER_PORT }] : this.toDatabase;
    this.metrics = metricsOf(args);
    if (description.database === "sqlite") this.file = databaseFile(name, args, this);
    const account = serviceAccount(
      name,
      {
        cluster: args.cluster,
        namespace: this.namespace,
        accountName: description.name,
        roleName: `${name}-pod`,
        roleDescription: "Rights of the service's pods in AWS",
      },
      this,
    );
    const authorities = login && {
      name: configMap(
        `${name}-authorities`,
        { [CA_FILE]: certificates(args.settings.database.caBundle) },
        this,
      ),
      key: CA_FILE,
    };
    const known = knownValues(args, this.file);
    const { plain } = sorted(description.variables, known);
    const shared = {
      account,
      image,
      settings: configMap(`${name}-settings`, plain, this),
      mounts: mounts(args, authorities?.name, this),
      resources: resources(args),
      sharing: this.file,
    };
    const ofApp = { ...known, ...(login && user(login.current)) };
    this.pod = pooler
      ? podAs(
          name,
          { ...shared, mounts: this.#trusting(args, pooler) },
          { ...ofApp, ...through(pooler) },
          this,
        )
      : podAs(name, shared, ofApp, this);
    this.ownerPod = this.pod;
    if (login && authorities && database) {
      this.login = login;
      const { namespace, secret } = this;
      const parts = { login, namespace, account, image, authorities, secret };
      this.loginPods = loginPods(`${name}-login`, parts, this);
      this.ownerPod = podAs(`${name}-owner`, shared, { ...known, ...user(database) }, this);
    }
    this.registerOutputs();
  }

  #trusting(args: WorkloadArgs, { host, authority }: ServerCertificate): Mount[] {
    return mounts(args, configMap(`${host}-authority`, { [CA_FILE]: authority }, this), this);
  }
}

function restrictedNamespace(
  name: string,
  { description, cluster, loadBalancer }: WorkloadArgs,
  parent: Workload,
): pulumi.Output<string> {
  const levels = ["enforce", "audit", "warn"].map((mode) => [
    `pod-security.kubernetes.io/${mode}`,
    "restricted",
  ]);
  const namespace = new Namespace(
    `${name}-namespace`,
    {
      metadata: {
        name: description.name,
        labels: { ...Object.fromEntries(levels), ...(loadBalancer && READINESS_GATES) },
      },
    },
    { parent, dependsOn: cluster.nodePool },
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

function secretMaker(name: string, args: WorkloadArgs, parent: Workload): MakeSecret {
  const { cluster, description, login, settings } = args;
  const { namespace, isolation } = parent;
  if (!settings.externalSecrets || !login) return secretIn(namespace);
  const { keyArn } = login.database;
  const { secret } = new ExternalSecrets(
    `${name}-external-secrets`,
    {
      ...{ serviceName: description.name, namespace, cluster, keyArn, isolation },
      chart: settings.externalSecretsChart,
    },
    { parent },
  );
  return secret;
}

type Shared = Omit<PodParts, "variables"> & { settings: pulumi.Output<string> };

/** The pod of one user of the database, with credentials that no other pod has. */
function podAs(
  name: string,
  { settings, mounts, ...shared }: Shared,
  known: KnownValues,
  parent: Workload,
): PodOf {
  const { variables, secretFiles } = parent.description;
  const { secrets, own } = sorted(variables, known);
  const files = resolved(secretFiles?.files ?? {}, known);
  const isEmpty = (values: object) => Object.keys(values).length === 0;
  const credentials = secretFiles &&
    !isEmpty(files) && {
      mountPath: secretFiles.folder,
      readOnly: true,
      volume: {
        name: "credentials",
        secret: { secretName: parent.secret(`${name}-credentials`, files, parent) },
      },
    };
  const parts = {
    ...shared,
    mounts: credentials ? [...mounts, credentials] : mounts,
    variables: {
      settings,
      secrets: isEmpty(secrets) ? undefined : parent.secret(`${name}-variables`, secrets, parent),
      // What changes with each image or login rolls the pods by itself: it needs no new ConfigMap.
      env: Object.entries(own).map(([name, value]) => ({ name, value })),
    },
  };
  return (container, pod, ownMounts = []) =>
    podSpec({ ...parts, mounts: [...parts.mounts, ...ownMounts] }, container, pod);
}

function mounts(
  { description: { writes = [] } }: WorkloadArgs,
  authorities: pulumi.Input<string> | undefined,
  { file }: Workload,
): Mount[] {
  const written = ["/tmp", ...writes].map((mountPath, index) => ({
    mountPath,
    volume: {
      name: index === 0 ? "tmp" : `written-${index}`,
      emptyDir: { sizeLimit: `${STORAGE.folderMiB}Mi` },
    },
  }));
  const verified = authorities && {
    mountPath: CA_FOLDER,
    readOnly: true,
    volume: { name: "authorities", configMap: { name: authorities } },
  };
  return [...written, verified, file?.mount].flatMap((mount) => mount || []);
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

const user = ({
  username,
  password,
}: {
  username: pulumi.Input<string>;
  password: pulumi.Input<string>;
}) => ({
  "database.user": username,
  "database.password": password,
});

const through = ({ host }: ServerCertificate) => ({
  "database.host": host,
  "database.port": String(POOLER_PORT),
});

const metricsOf = ({ description, settings }: WorkloadArgs): Metrics | undefined =>
  settings.app.targetRequestsInFlight > 0 ? description.http?.metrics : undefined;

/** Of all pods: who logs in to the database isn't among them. */
function knownValues(args: WorkloadArgs, file?: DatabaseFile): KnownValues {
  const { description, environment, image, login, loadBalancer, settings } = args;
  const { app, database: pool, migration } = settings;
  const { name } = description;
  // "localhost" is for `kubectl port-forward`.
  const inside = [name, `${name}.${name}`, `${name}.${name}.svc.cluster.local`, "localhost"];
  const hosts = [...(loadBalancer?.hosts ?? []), ...inside];
  return {
    environment,
    image,
    ...serviceValues(description, app, migration, hosts),
    metricsPort: metricsOf(args)?.port.toString(),
    trustedProxies: loadBalancer?.cidrs.join(","),
    ...(login && {
      "database.host": login.database.address,
      "database.port": pulumi.interpolate`${login.database.port}`,
      "database.name": login.database.name,
      "database.caFile": `${CA_FOLDER}/${CA_FILE}`,
      ...poolValues(pool),
    }),
    ...(file && { "database.file": file.path, ...fileValues(pool) }),
  };
}
