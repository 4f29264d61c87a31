// How long AWS, Docker and Kubernetes take to create things: the time scale of the plan.

interface Duration {
  seconds: number;
  source: string;
}

const logs = "median of public `terraform apply` logs, collected 2026-11-21";
const estimate = "estimate";

/** Seconds until a new resource is usable. Types that aren't listed take about a second. */
const durations: Record<string, Duration> = {
  "aws:acm/certificate:Certificate": { seconds: 8, source: estimate },
  "aws:acm/certificateValidation:CertificateValidation": {
    seconds: 107,
    source: "1m1s to 8m52s in public logs, n = 5, collected 2026-11-25",
  },
  "aws:ec2/vpc:Vpc": { seconds: 12, source: estimate },
  "aws:ec2/subnet:Subnet": { seconds: 11, source: estimate },
  "aws:ec2/natGateway:NatGateway": { seconds: 105, source: `${logs}: 1m25s to 2m5s, n = 8` },
  "aws:ec2/vpcEndpoint:VpcEndpoint": { seconds: 6, source: estimate },
  "aws:eks/addon:Addon": { seconds: 35, source: estimate },
  "aws:eks/cluster:Cluster": { seconds: 617, source: `${logs}: 8m23s to 11m23s, n = 10` },
  "aws:kms/key:Key": { seconds: 12, source: estimate },
  "aws:lb/loadBalancer:LoadBalancer": {
    seconds: 152,
    source: "2m15s to 3m7s in public logs, n = 6, collected 2026-11-25",
  },
  "aws:rds/instance:Instance": { seconds: 360, source: `${logs}: 5m57s and 6m8s, single zone` },
  "aws:route53/record:Record": { seconds: 35, source: "a public log, collected 2026-11-25" },
  "docker:index/image:Image": { seconds: 120, source: "assumption: a build without cache, and its push" },
  "kubernetes:batch/v1:Job": {
    seconds: 75,
    source: "a new node in 45 to 90 s (devfloor9's playbook), and a migration of a few seconds",
  },
  "kubernetes:helm.sh/v3:Release": {
    seconds: 75,
    source: "a new node as for the Job, and the chart's one pod",
  },
  "kubernetes:apps/v1:Deployment": {
    seconds: 60,
    source: "assumption: nodes for the other zones, image pull, start-up and minReadySeconds",
  },
  "kubernetes:apps/v1:StatefulSet": {
    seconds: 20,
    source: "assumption: start-up on the node that the migration ran on, where the image and the volume are",
  },
};

const multiAz: Duration = {
  seconds: 1050,
  source: "15 to 20 min (terraform#498); 14m2s, 15m and 17m6s in public logs, collected 2026-11-21",
};
const other: Duration = { seconds: 1, source: "an API call" };

/** For what Pulumi makes without asking anybody. */
const instant: Duration = { seconds: 0, source: "made by Pulumi itself" };

export function durationOf(type: string, inputs: { multiAz?: unknown }): Duration {
  if (type.startsWith("pulumi:") || type.startsWith("random:") || type.startsWith("tls:")) return instant;
  if (type === "aws:rds/instance:Instance" && inputs.multiAz === true) return multiAz;
  return durations[type] ?? other;
}
