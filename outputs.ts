// What other stacks may rely on: docs/outputs.md. Copy this file into their project, or import it from this one.
import * as pulumi from "@pulumi/pulumi";

/** Raised when an output is renamed, removed or means something else; a new one doesn't raise it. */
export const contractVersion = 2;

/** The outputs of a stack. None of them is a secret: `databaseSecretArn` says where the credentials are. */
export interface Outputs {
  contractVersion: typeof contractVersion;
  /** EKS cluster that the service runs in. Unlike the kubeconfig, it suits a provider's `clusterIdentifier`. */
  clusterName: string;
  /** It logs in by the `aws` command, as whoever runs it. */
  kubeconfig: string;
  /** Namespace of the service. */
  namespace: string;
  /** Kubernetes Service that answers at port 80 inside the cluster. A worker has none. */
  service: string;
  /** Where the service answers from outside the cluster, where it has a load balancer. So is the next one. */
  url: string;
  /** AWS' own name for the load balancer. */
  loadBalancerDnsName: string;
  /** What runs, as `repository@sha256:…`. */
  imageReference: string;
  /** Host of PostgreSQL, where the service has one. So are the next two. */
  databaseAddress: string;
  /** Secrets Manager secret with username, password, host, port and dbname as JSON: who reads and writes rows. */
  databaseSecretArn: string;
  /** The same of the user that owns the database. */
  databaseOwnerSecretArn: string;
  /** SNS topic that tells of the database's alarms. */
  alarmTopicArn: string;
  /** S3 bucket with the copies of SQLite's file, where the service has one. */
  backupBucket: string;
  vpcId: string;
  /** One for each zone, as are the private ones. */
  publicSubnetIds: string[];
  privateSubnetIds: string[];
}

export type ReadOutput = <Name extends keyof Outputs>(name: Name) => pulumi.Output<Outputs[Name]>;

/** Another stack's outputs, by name and type. An update fails before it uses those of another contract version. */
export function readOutputs(stack: pulumi.StackReference): ReadOutput {
  const checked = pulumi.all([stack.name, stack.getOutput("contractVersion")]).apply(([name, version]) => {
    const problem = versionProblem(name, version);
    if (problem) throw new pulumi.RunError(problem);
  });
  // Through `apply`, a secret stays one.
  return <Name extends keyof Outputs>(name: Name) =>
    checked.apply(() => stack.requireOutput(name)) as pulumi.Output<Outputs[Name]>;
}

export function versionProblem(stack: string, version: unknown): string | undefined {
  if (version === contractVersion) return undefined;
  const isNewer = typeof version === "number" && version > contractVersion;
  const fix = isNewer
    ? "take over its outputs.ts, as docs/outputs.md says"
    : "deploy that stack with a newer program";
  return `${stack}: got outputs of contract version ${version ?? "none"}; allowed: ${contractVersion}; fix: ${fix}`;
}
