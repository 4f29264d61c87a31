import * as pulumi from "@pulumi/pulumi";
import { poolerClients } from "./checks/pooler.ts";
import { warnings } from "./checks/warnings.ts";
import { App } from "./components/app.ts";
import { Backup } from "./components/backup.ts";
import { bounded } from "./components/boundary.ts";
import { MetricsAdapter } from "./components/metrics-adapter.ts";
import { Migration } from "./components/migration.ts";
import { Pooler } from "./components/pooler.ts";
import { Made, Protection } from "./components/protection.ts";
import { tagged } from "./components/tags.ts";
import { Workload } from "./components/workload.ts";
import { refuseRename } from "./description/rename.ts";
import { checkSources } from "./description/source-checks.ts";
import { foundation } from "./foundation.ts";
import { service as description } from "./service.ts";
import { loadSettings } from "./settings/load.ts";

const settings = loadSettings();
const { protect } = settings;
const environment = pulumi.getStack();
const project = pulumi.getProject();
const made = new Made();
const tags = { ...settings.tags, project, environment };
const inAws = [tagged(tags), bounded(settings.permissionsBoundary), made.noted].reduce(pulumi.mergeOptions);
await refuseRename(description);
// A pinned image was built from other sources than these.
const doubts = settings.image.digest ? [] : checkSources(description);
if (pulumi.runtime.isDryRun())
  for (const warning of [...doubts, ...warnings(settings, description, new Date())])
    void pulumi.log.warn(warning);

const base = foundation(`${project}-${environment}`, settings, description, inAws);
const { certificate, cluster, database, loadBalancer, login } = base;
const image = base.image.reference;

// What runs in the cluster: the migration when all of the above is there, the app after it.
const inCluster = { ...inAws, providers: [cluster.kubernetes] };
const workload = new Workload(
  description.name,
  { description, environment, image, cluster, login, loadBalancer, pooler: certificate, settings },
  inCluster,
);
const { file } = workload;
const backup =
  file && new Backup("backup", { ...settings.database, workload, file, cluster, image, protect }, inCluster);
const reachable = base.toDatabase ? [base.toDatabase] : [];
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
const ingressCidrs = loadBalancer?.cidrs ?? [];
const after = [base.toPods, pooler?.deployment].filter((resource) => resource !== undefined);
const app = new App(
  "app",
  { ...settings.app, workload, migration, loadBalancer, ingressCidrs, after },
  inCluster,
);
const { metrics } = workload;
if (metrics) {
  const year = new Date().getUTCFullYear();
  new MetricsAdapter("metrics-adapter", { workload, metrics, cluster, image, year }, inCluster);
}
new Protection("protection", made);

// What other stacks rely on: outputs.ts says what each one is, and docs/outputs.md how they change.
export { contractVersion } from "./outputs.ts";
export const clusterName: pulumi.Output<string> = cluster.name;
export const kubeconfig: pulumi.Output<string> = cluster.kubeconfig;
export const namespace: pulumi.Output<string> = workload.namespace;
export const service: pulumi.Output<string> | undefined = app.service;
export const url: pulumi.Output<string> | undefined = loadBalancer?.url;
export const loadBalancerDnsName: pulumi.Output<string> | undefined = loadBalancer?.dnsName;
export const imageReference: pulumi.Output<string> = image;
export const databaseAddress: pulumi.Output<string> | undefined = database?.address;
export const databaseSecretArn: pulumi.Output<string> | undefined = login?.secretArn;
export const databaseOwnerSecretArn: pulumi.Output<string> | undefined = database?.secretArn;
export const alarmTopicArn: pulumi.Output<string> | undefined = base.alarms?.topicArn;
export const backupBucket: pulumi.Output<string> | undefined = backup?.bucket;
export const vpcId: pulumi.Output<string> = base.network.vpcId;
export const publicSubnetIds: pulumi.Output<string[]> = base.network.publicSubnetIds;
export const privateSubnetIds: pulumi.Output<string[]> = base.network.privateSubnetIds;
