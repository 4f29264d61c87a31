import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { certificates } from "./authorities.ts";
import { disruptionBudget, type Target } from "./autoscaling.ts";
import type { DatabaseLogin } from "./database-login.ts";
import { Image } from "./image.ts";
import { podSpec } from "./pod.ts";
import { podsOf, policy } from "./policies.ts";
import { configuration, FOLDER, POOLER_PORT, SECRETS, userlist } from "./pooler-configuration.ts";
import { SURGE } from "./rollout.ts";
import type { ServerCertificate } from "./server-certificate.ts";
import { PROGRESS_SECONDS } from "./serving.ts";
import { spreadOut } from "./spread.ts";
import type { Workload } from "./workload.ts";

/** Folder of the Dockerfile. */
const CONTEXT = "pooler";
/** What each further pod of a rollout adds, one after the other. */
const POD_SECONDS = 30;
/** Until every node has heard that a pod takes no more connections. */
const PROPAGATION_SECONDS = 10;
/** Logs, of which a kubelet keeps five files of 10 MiB. */
const STORAGE = { request: "64Mi", limit: "128Mi" };

export interface PoolerArgs {
  /** Whose pods it is for. */
  workload: Workload;
  /** Whom PgBouncer lets in, and logs in as. */
  login: DatabaseLogin;
  /** Its host is the name of the Service. */
  certificate: ServerCertificate;
  /** Image to build from, pinned by digest: a Debian 13. */
  base: string;
  /** ECR repository that others own; without it, the image has one of its own. */
  repository?: string;
  /** Refuse to delete a repository of its own that still has images. */
  protect: boolean;
  replicas: number;
  /** Connections to PostgreSQL that each replica opens for a login. */
  size: number;
  /** Connections that the service may have, all of which the last replica must take. */
  clients: number;
  cpuRequest: string;
  /** Reserved, and at which a replica is killed. */
  memoryLimit: string;
  /** `amazon-rds`, or the path of a PEM file. */
  caBundle: string;
  /** Longest that opening a connection to PostgreSQL may take. */
  connectTimeoutSeconds: number;
  /** Age at which the service replaces a connection: so long a stopping replica waits for its clients to leave. */
  poolRecycleSeconds: number;
  /** When nobody waits for an answer any more. */
  requestTimeoutSeconds: number;
}

/** PgBouncer between a service's pods and its database, a connection for each transaction. */
export class Pooler extends pulumi.ComponentResource {
  /** To wait for before a pod connects. */
  readonly deployment: pulumi.Resource;

  constructor(name: string, args: PoolerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("fastapi-eks:index:Pooler", name, {}, opts);
    const { namespace } = args.workload;
    const { host } = args.certificate;
    const target = { namespace, name: host, labels: { "app.kubernetes.io/name": host } };

    service(`${name}-service`, target, this);
    disruptionBudget(`${name}-budget`, target, this);
    const { base, repository, protect } = args;
    const image = new Image(
      `${name}-image`,
      { base, repository, protect, context: CONTEXT },
      { parent: this },
    );
    const parts = { image: image.reference, ...files(name, args, this) };
    const before = [args.workload.isolation, ways(`${name}-ways`, args, target, this)];
    this.deployment = deployment(`${name}-deployment`, args, target, parts, before, this);
    this.registerOutputs();
  }
}

function service(name: string, { namespace, name: serviceName, labels }: Target, parent: Pooler): void {
  new Service(
    name,
    {
      metadata: {
        name: serviceName,
        namespace,
        labels,
        // As the app's.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        selector: labels,
        ports: [{ name: "postgresql", port: POOLER_PORT, targetPort: "postgresql" }],
      },
    },
    { parent },
  );
}

function ways(
  name: string,
  { workload }: PoolerArgs,
  { namespace, name: policyName, labels }: Target,
  parent: Pooler,
): pulumi.Resource {
  const from = [{ peers: podsOf(workload.description.name), port: POOLER_PORT }];
  return policy(name, { namespace, policyName, labels, from, to: workload.toDatabase }, { parent });
}

/** Names of the ConfigMap and the Secret: with other content they are new ones, and pods roll. */
function files(name: string, args: PoolerArgs, parent: Pooler) {
  const { workload, login, certificate, caBundle } = args;
  const metadata = { namespace: workload.namespace };
  const { address, port, name: databaseName } = login.database;
  const settings = new ConfigMap(
    `${name}-settings`,
    {
      metadata,
      immutable: true,
      data: {
        "pgbouncer.ini": pulumi
          .all([address, port, databaseName])
          .apply(([address, port, name]) => configuration({ address, port, name }, args)),
        "server.crt": certificate.certificate,
        "database-ca.pem": certificates(caBundle),
      },
    },
    { parent },
  );
  const secrets = workload.secret(
    `${name}-secrets`,
    { "server.key": certificate.key, "userlist.txt": logins(login) },
    parent,
  );
  return { settings: settings.metadata.name, secrets };
}

/** Both, in whichever order: pods of before and those to come log in by the same file. */
function logins({ current, other }: DatabaseLogin): pulumi.Output<string> {
  const sorted = [current, other].sort((a, b) => (a.username < b.username ? -1 : 1));
  return pulumi.all(sorted.map(({ username, password }) => ({ username, password }))).apply(userlist);
}

function deployment(
  name: string,
  args: PoolerArgs,
  { labels, ...names }: Target,
  { image, settings, secrets }: Record<"image" | "settings" | "secrets", pulumi.Output<string>>,
  dependsOn: pulumi.Resource[],
  parent: Pooler,
): Deployment {
  const account = new ServiceAccount(
    `${name}-account`,
    { metadata: names, automountServiceAccountToken: false },
    { parent },
  );
  const timeout = `${PROGRESS_SECONDS + args.replicas * POD_SECONDS}s`;
  const pod = podSpec(
    {
      account: account.metadata.name,
      image,
      variables: { env: [] },
      mounts: [
        {
          mountPath: FOLDER,
          readOnly: true,
          volume: { name: "settings", configMap: { name: settings } },
        },
        {
          mountPath: SECRETS,
          readOnly: true,
          volume: { name: "secrets", secret: { secretName: secrets } },
        },
      ],
      resources: {
        requests: {
          cpu: args.cpuRequest,
          memory: args.memoryLimit,
          "ephemeral-storage": STORAGE.request,
        },
        limits: { memory: args.memoryLimit, "ephemeral-storage": STORAGE.limit },
      },
    },
    {
      name: "pgbouncer",
      command: ["pgbouncer", `${FOLDER}/pgbouncer.ini`],
      terminationMessagePolicy: "FallbackToLogsOnError",
      ports: [{ name: "postgresql", containerPort: POOLER_PORT }],
      // Not whether PostgreSQL answers: without it, a client that gets an error is better off than one that gets
      // none. And no liveness: for a process that hangs, the kernel would take a probe's connection all the same.
      readinessProbe: { tcpSocket: { port: "postgresql" }, periodSeconds: 5, timeoutSeconds: 2 },
      lifecycle: { preStop: { sleep: { seconds: PROPAGATION_SECONDS } } },
    },
    {
      // SIGTERM ends it as soon as no client is left. Each replaces its connection by then, between two transactions.
      terminationGracePeriodSeconds:
        PROPAGATION_SECONDS + args.poolRecycleSeconds + args.requestTimeoutSeconds,
      topologySpreadConstraints: spreadOut(labels),
    },
  );
  return new Deployment(
    name,
    {
      metadata: { ...names, labels },
      spec: {
        replicas: args.replicas,
        selector: { matchLabels: labels },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: SURGE, maxUnavailable: 0 } },
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: PROGRESS_SECONDS,
        template: { metadata: { labels }, spec: pod },
      },
    },
    { parent, dependsOn, customTimeouts: { create: timeout, update: timeout } },
  );
}
