// What kube-score and checkov say against the manifests and we leave as it is, with the reason.
import type { Accepted } from "./manifests.ts";

const workloads = [
  "Deployment orders",
  "Deployment orders-pooler",
  "Deployment orders-metrics",
  "StatefulSet orders",
  "Job migration-job",
  "CronJob orders-backup",
];

const noCpuLimit = "a limit throttles pods while CPU is idle; the request keeps each its share";

const noLiveness =
  "the kernel takes a probe's connection for a process that hangs, too; one that ends is started anew anyway";

export const acceptedOfKubeScore: Accepted[] = [
  { rule: "pod-probes", objects: ["Deployment orders-pooler", "Deployment orders-metrics"], why: noLiveness },
  {
    rule: "deployment-replicas",
    objects: ["Deployment orders-metrics"],
    why: "while it is away, pods are still added for CPU, and none is taken away",
  },
  { rule: "container-resources", objects: workloads, why: noCpuLimit },
  {
    rule: "container-image-pull-policy",
    objects: workloads,
    why: "a digest never means another image, and Always would keep a pod from restarting while the registry is away",
  },
  {
    rule: "deployment-targeted-by-hpa-does-not-have-replicas-configured",
    objects: ["Deployment orders"],
    why: "they are the first rollout's: Pulumi ignores the field from then on",
  },
  {
    rule: "statefulset-has-servicename",
    objects: ["StatefulSet orders"],
    why: "it asks for a headless Service, which gives each pod a name of its own: this is one pod, and nobody calls it by one",
  },
  {
    rule: "deployment-has-host-podantiaffinity",
    objects: ["Deployment orders", "Deployment orders-pooler"],
    why: "topology spread over zones and nodes does it, and lets two pods share a node when there is no other",
  },
];

export const acceptedOfCheckov: Accepted[] = [
  {
    rule: "CKV_K8S_8",
    objects: ["Deployment orders-pooler", "Deployment orders-metrics"],
    why: noLiveness,
  },
  { rule: "CKV_K8S_11", objects: workloads, why: noCpuLimit },
  {
    rule: "CKV_K8S_38",
    objects: ["Deployment orders-metrics"],
    why: "it asks the cluster's API for the service's pods, and who the API server is",
  },
];
