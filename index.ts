import * as pulumi from "@pulumi/pulumi";
import { poolerClients } from "./checks/pooler.ts";
import { warnings } from "./checks/warnings.ts";
import { access } from "./components/access.ts";
import { Alarms } from "./components/alarms.ts";
import { App } from "./components/app.ts";
import { Backup } from "./components/backup.ts";
import { bounded } from "./components/boundary.ts";
import { Cluster } from "./components/cluster.ts";
import { Database } from "./components/database.ts";
import { DatabaseLogin } from "./components/database-login.ts";
import { Image } from "./components/image.ts";
import { LoadBalancer } from "./components/load-balancer.ts";
import { Migration } from "./components/migration.ts";
import { Network } from "./components/network.ts";
import { Pooler } from "./components/pooler.ts";
import { Made, Protection } from "./components/protection.ts";
import { ServerCertificate } from "./components/server-certificate.ts";
import { tagged } from "./components/tags.ts";
import { Workload } from "./components/workload.ts";
import { refuseRename } from "./description/rename.ts";
import { checkSources } from "./description/source-checks.ts";
import { service as description } from "./service.ts";
import { loadSettings } from "./settings/load.ts";

const settings = loadSettings();
const { protect } = settings;
const environment = pulumi.getStack();
const project = pulumi.getProject();
const awsName = `${project}-${environment}`;
const made = new Made();
const tags = { ...settings.tags, project, environment };
const inAws = [tagged(tags), bounded(settings.permissionsBoundary), made.noted].reduce(pulumi.mergeOptions);
await refuseRename(description);
// A pinned image was built from other sources than these.
const doubts = settings.image.digest ? [] : checkSources(description);
if (pulumi.runtime.isDryRun())
  for (const warning of [...doubts, ...warnings(settings, description, new Date())])
    void pulumi.log.warn(warning);

// Image, cluster, database and load balancer come up side by side.
const image = new Image("image", { ...settings.image, context: description.source, protect }, inAws);
const network = new Network("network", settings.network, inAws);
const cluster = new Cluster(
  "cluster",
  { ...settings.cluster, clusterName: awsName, network, protect },
  inAws,
);
const { http } = description;
const { scheme } = settings.loadBalancer;
const loadBalancer =
  http && scheme !== "none"
    ? new LoadBalancer(
        "load-balancer",
        { ...settings.app, ...settings.loadBalancer, scheme, http, network, clusterName: awsName, protect },
        inAws,
      )
    : undefined;
const database =
  description.database === "postgresql"
    ? new Database(
        "database",
        { ...settings.database, identifier: awsName, serviceName: description.name, network, protect },
        inAws,
      )
    : undefined;
const login =
  database &&
  new DatabaseLogin(
    "database-login",
    { ...settings.database, serviceName: description.name, database, protect },
    inAws,
  );
const alarms =
  database && new Alarms("alarms", { ...settings.database, stackName: awsName, database }, inAws);

// What runs in the cluster: the migration when all of the above is there, the app after it.
const inCluster = { ...inAws, providers: [cluster.kubernetes] };
const certificate =
  settings.pooler.replicas > 0
    ? new ServerCertificate(
        "pooler-certificate",
        { host: `${description.name}-pooler`, year: new Date().getUTCFullYear() },
        inAws,
      )
    : undefined;
const workload = new Workload(
  description.name,
  {
    ...{ description, environment, image: image.reference, cluster, login, loadBalancer, settings },
    pooler: certificate,
  },
  inCluster,
);
const backup =
  workload.file &&
  new Backup(
    "backup",
    { ...settings.database, workload, file: workload.file, cluster, image: image.reference, protect },
    inCluster,
  );
const reachable = database
  ? [access("database-from-cluster", "PostgreSQL from the pods of the cluster", cluster, database, inAws)]
  : [];
const migration =
  (description.migrations || login) &&
  new Migration(
    "migration",
    { ...description.migrations, ...settings.migration, workload, after: reachable },
    inCluster,
  );
const pooler =
  login &&
  certificate &&
  new Pooler(
    "pooler",
    {
      ...{ ...settings.database, ...settings.pooler, workload, login, certificate, protect },
      repository: settings.image.repository,
      requestTimeoutSeconds: settings.app.requestTimeoutSeconds,
      clients: poolerClients(settings),
    },
    { ...inCluster, dependsOn: reachable },
  );
const open =
  http && loadBalancer
    ? [
        access(
          "cluster-from-load-balancer",
          "Requests from the load balancer",
          loadBalancer,
          { securityGroupId: cluster.securityGroupId, port: http.port },
          inAws,
        ),
      ]
    : [];
const ingressCidrs = loadBalancer?.cidrs ?? [];
const after = [...open, ...(pooler ? [pooler.deployment] : [])];
const app = new App(
  "app",
  { ...settings.app, workload, migration, loadBalancer, ingressCidrs, after },
  inCluster,
);
new Protection("protection", made);

/** Of the outputs below, on which other stacks rely: docs/outputs.md says when to raise it. */
export { contractVersion } from "./outputs.ts";
/** EKS cluster that the service runs in. */
export const clusterName: pulumi.Output<string> = cluster.name;
/** For kubectl; it logs in by the `aws` command and holds no secret. */
export const kubeconfig: pulumi.Output<string> = cluster.kubeconfig;
/** Namespace and Service that answer at port 80 inside the cluster. */
export const namespace: pulumi.Output<string> = workload.namespace;
export const service: pulumi.Output<string> | undefined = app.service;
/** Where the service answers from outside the cluster, and AWS' own name for what is in front of it. */
export const url: pulumi.Output<string> | undefined = loadBalancer?.url;
export const loadBalancerDnsName: pulumi.Output<string> | undefined = loadBalancer?.dnsName;
/** What runs, as `repository@sha256:…`. */
export const imageReference: pulumi.Output<string> = image.reference;
export const databaseAddress: pulumi.Output<string> | undefined = database?.address;
/** Secrets Manager secret with username, password, host, port and dbname as JSON: the service's own login. */
export const databaseSecretArn: pulumi.Output<string> | undefined = login?.secretArn;
/** The same of the user that owns the database. */
export const databaseOwnerSecretArn: pulumi.Output<string> | undefined = database?.secretArn;
/** SNS topic that tells of the database's alarms: subscribe to it. */
export const alarmTopicArn: pulumi.Output<string> | undefined = alarms?.topicArn;
/** S3 bucket with the copies of SQLite's file. */
export const backupBucket: pulumi.Output<string> | undefined = backup?.bucket;
/** For stacks that put more into the same network. */
export const vpcId: pulumi.Output<string> = network.vpcId;
export const publicSubnetIds: pulumi.Output<string[]> = network.publicSubnetIds;
export const privateSubnetIds: pulumi.Output<string[]> = network.privateSubnetIds;
