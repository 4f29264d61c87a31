// Every minute, a pod in a namespace of its own asks the Service, as a client would.
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { readOutputs } from "../../outputs.ts";

const config = new pulumi.Config();
const service = readOutputs(new pulumi.StackReference(config.require("serviceStack")));

const cluster = new kubernetes.Provider("cluster", {
  kubeconfig: service("kubeconfig"),
  clusterIdentifier: service("clusterName"),
});

const namespace = new kubernetes.core.v1.Namespace(
  "canary",
  {
    metadata: { name: "canary", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
  },
  { provider: cluster },
);

const url = pulumi.interpolate`http://${service("service")}.${service("namespace")}.svc.cluster.local${config.require("path")}`;
const ask = `
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=10) as answer:
    print(answer.status, answer.url)
`;

const job = new kubernetes.batch.v1.CronJob(
  "canary",
  {
    metadata: { name: "canary", namespace: namespace.metadata.name },
    spec: {
      schedule: "* * * * *",
      concurrencyPolicy: "Forbid",
      jobTemplate: {
        spec: {
          backoffLimit: 0,
          activeDeadlineSeconds: 50,
          template: {
            spec: {
              restartPolicy: "Never",
              automountServiceAccountToken: false,
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 10001,
                seccompProfile: { type: "RuntimeDefault" },
              },
              containers: [
                {
                  name: "canary",
                  // The service's own: it has Python, and is on the nodes already.
                  image: service("imageReference"),
                  command: ["python3", "-c", ask, url],
                  resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { memory: "64Mi" } },
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                  },
                },
              ],
            },
          },
        },
      },
    },
  },
  { provider: cluster },
);

/** Where to look when it fails. */
export const cronJob: pulumi.Output<string> = pulumi.interpolate`${namespace.metadata.name}/${job.metadata.name}`;
