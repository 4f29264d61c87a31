import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import type * as pulumi from "@pulumi/pulumi";

const oneOf = (key: string, ...values: string[]) => ({ key, operator: "In", values });

/**
 * The instances that pods run on: what Auto Mode's own pool `general-purpose` has. That one is no resource, and goes
 * with its cluster. This one is deleted by itself: Kubernetes keeps it until its nodes have left (Karpenter's NodeClaims
 * block their owner, nodeclaimtemplate.go, 2026-11), and until then whatever it depends on is there.
 */
export function nodePool(name: string, opts: pulumi.CustomResourceOptions): CustomResource {
  return new CustomResource(
    name,
    {
      apiVersion: "karpenter.sh/v1",
      kind: "NodePool",
      metadata: { name: "general" },
      spec: {
        disruption: {
          budgets: [{ nodes: "10%" }],
          consolidationPolicy: "WhenEmptyOrUnderutilized",
          consolidateAfter: "30s",
        },
        template: {
          spec: {
            // AWS makes this class while one of its own pools is on ("Enable or Disable Built-in NodePools", 2026-11).
            nodeClassRef: { group: "eks.amazonaws.com", kind: "NodeClass", name: "default" },
            requirements: [
              oneOf("karpenter.sh/capacity-type", "on-demand"),
              oneOf("eks.amazonaws.com/instance-category", "c", "m", "r"),
              { key: "eks.amazonaws.com/instance-generation", operator: "Gt", values: ["4"] },
              oneOf("kubernetes.io/arch", "amd64"),
              oneOf("kubernetes.io/os", "linux"),
            ],
            // Two weeks, of the three that Auto Mode allows a node.
            expireAfter: "336h",
            // From then on a pod that won't go doesn't hold its node: sooner than a destroy gives up.
            terminationGracePeriod: "30m",
          },
        },
      },
    },
    { ...opts, customTimeouts: { delete: "60m" } },
  );
}
