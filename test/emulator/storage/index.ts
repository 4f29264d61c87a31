// What keeps data in a cluster: a pod with a volume, and a bucket that its service account's role may use.
import { join } from "node:path";
import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { Bucket } from "@pulumi/aws/s3/bucket.js";
import { BucketVersioning } from "@pulumi/aws/s3/bucketVersioning.js";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../../components/cluster.ts";
import { Image } from "../../../components/image.ts";
import { Network } from "../../../components/network.ts";
import { trust } from "../../../components/trust.ts";

const image = new Image("client", {
  base: new pulumi.Config().require("imageBase"),
  context: join(import.meta.dirname, "client"),
  protect: false,
});
const network = new Network("network", { cidr: "10.0.0.0/16", zones: 3, natGateways: "one" });
const cluster = new Cluster("cluster", {
  clusterName: "storage",
  network,
  version: "1.35",
  publicAccessCidrs: ["8.8.8.0/24"],
  adminArns: [],
  protect: false,
});

const copies = new Bucket("copies", { forceDestroy: true });
const versioning = new BucketVersioning("copies", {
  bucket: copies.bucket,
  versioningConfiguration: { status: "Enabled" },
});
const role = new Role("copies", { assumeRolePolicy: trust("pods.eks.amazonaws.com") });
const own = pulumi.interpolate`${copies.arn}/\${aws:PrincipalTag/kubernetes-namespace}/*`;
const policy = new RolePolicy("copies", {
  role: role.name,
  policy: {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:PutObject", "s3:GetObject*", "s3:DeleteObject"], Resource: own },
      { Effect: "Allow", Action: "s3:ListBucket", Resource: copies.arn },
    ],
  },
});
const association = new PodIdentityAssociation("copies", {
  clusterName: cluster.name,
  namespace: "default",
  serviceAccount: "copies",
  roleArn: role.arn,
});

const opts = { provider: cluster.kubernetes };
const account = new kubernetes.core.v1.ServiceAccount("copies", { metadata: { name: "copies" } }, opts);
const volumes = new kubernetes.storage.v1.StorageClass(
  "volumes",
  {
    metadata: { name: "volumes" },
    provisioner: "ebs.csi.eks.amazonaws.com",
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Retain",
    allowVolumeExpansion: true,
    allowedTopologies: [
      { matchLabelExpressions: [{ key: "topology.kubernetes.io/zone", values: ["eu-central-1c"] }] },
    ],
    parameters: { type: "gp3", encrypted: "true" },
  },
  opts,
);

const labels = { app: "data" };
const resources = { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } };
const pods = (name: string, serviceAccountName: pulumi.Input<string>, more: object, container: object) =>
  new kubernetes.apps.v1.StatefulSet(
    name,
    {
      metadata: { name },
      spec: {
        serviceName: name,
        selector: { matchLabels: { ...labels, name } },
        ...more,
        template: {
          metadata: { labels: { ...labels, name } },
          spec: {
            serviceAccountName,
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 1,
            securityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001 },
            containers: [{ name, image: image.reference, resources, ...container }],
          },
        },
      },
    },
    { ...opts, dependsOn: [association, versioning, policy] },
  );

const claim = {
  metadata: { name: "data" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    storageClassName: volumes.metadata.name,
    resources: { requests: { storage: "1Gi" } },
  },
};
pods(
  "data",
  account.metadata.name,
  { volumeClaimTemplates: [claim] },
  {
    volumeMounts: [{ name: "data", mountPath: "/data" }],
  },
);
pods("stranger", "default", {}, {});

export const storageClass: pulumi.Output<string> = volumes.metadata.name;
export const bucket: pulumi.Output<string> = copies.bucket;
