// The least that answers through a cluster: each instance has it with data of its own.
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "../../../components/cluster.ts";
import { Network } from "../../../components/network.ts";

const network = new Network("network", { cidr: "10.0.0.0/16", zones: 2, natGateways: "one" });
const cluster = new Cluster("cluster", {
  clusterName: "small",
  network,
  version: "1.35",
  publicAccessCidrs: ["8.8.8.0/24"],
  adminArns: [],
  protect: false,
});
const opts = { provider: cluster.kubernetes };
const labels = { app: "small" };

const data = new kubernetes.core.v1.ConfigMap(
  "data",
  { data: { readyz: "ok", who: process.env.FASTAPI_EKS_EMULATOR_INSTANCE ?? "" } },
  opts,
);
const deployment = new kubernetes.apps.v1.Deployment(
  "small",
  {
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          containers: [
            {
              name: "small",
              image: new pulumi.Config().require("imageBase"),
              command: ["python3", "-m", "http.server", "8000", "--directory", "/data"],
              resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
              // Patient: two other clusters start and stop on this machine meanwhile.
              readinessProbe: {
                httpGet: { path: "/readyz", port: 8000 },
                periodSeconds: 1,
                timeoutSeconds: 5,
                failureThreshold: 10,
              },
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
          volumes: [{ name: "data", configMap: { name: data.metadata.name } }],
        },
      },
    },
  },
  opts,
);

export const clusterName: pulumi.Output<string> = cluster.name;
export const namespace: pulumi.Output<string> = deployment.metadata.namespace;
export const service: pulumi.Output<string> = new kubernetes.core.v1.Service(
  "small",
  { metadata: { labels }, spec: { selector: labels, ports: [{ port: 80, targetPort: 8000 }] } },
  { ...opts, dependsOn: deployment },
).metadata.name;
