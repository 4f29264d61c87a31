import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import type * as pulumi from "@pulumi/pulumi";

/**
 * By this label on their namespace, Auto Mode has new pods wait until the load balancer finds them healthy, as far as a
 * binding leads to them by then: a rollout then never runs ahead of the load balancer. The key differs from that of the
 * controller that one installs oneself; public repositories read it from `eks-load-balancing-webhook` (2026-11).
 */
export const READINESS_GATES = { "eks.amazonaws.com/pod-readiness-gate-inject": "enabled" };

/** Has Auto Mode register the pods of a Service as targets, and deregister those that go. */
export function targetGroupBinding(
  name: string,
  namespace: pulumi.Input<string>,
  service: pulumi.Output<string>,
  targetGroupARN: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Resource {
  return new CustomResource(
    name,
    {
      // Auto Mode's own group (containers-roadmap#2508). Without `networking` it leaves security groups alone
      // (aws-load-balancer-controller#1330): components/access.ts opens the port.
      apiVersion: "eks.amazonaws.com/v1",
      kind: "TargetGroupBinding",
      metadata: { namespace },
      spec: { targetGroupARN, targetType: "ip", serviceRef: { name: service, port: 80 } },
    },
    // Nothing in its spec may change; by its generated name there is a new one before the old one goes.
    { parent, replaceOnChanges: ["spec"] },
  );
}
