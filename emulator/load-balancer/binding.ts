// EKS Auto Mode's TargetGroupBinding: its form, and what is refused of it.
import { targetGroups } from "../aws/elbv2-target-groups.ts";

export interface Binding {
  metadata: {
    name: string;
    namespace: string;
    deletionTimestamp?: string;
    finalizers?: string[];
    uid?: string;
  };
  spec: {
    targetGroupARN: string;
    targetType?: "ip" | "instance";
    serviceRef: { name: string; port: number | string };
    nodeSelector?: object;
  };
}

const group = "eks.amazonaws.com";
export const bindingsPath = `/apis/${group}/v1/targetgroupbindings`;
export const bindingPath = ({ metadata: { namespace, name } }: Binding): string =>
  `/apis/${group}/v1/namespaces/${namespace}/targetgroupbindings/${name}`;

/** Seen on a cluster of Auto Mode, where the controller that one runs oneself has elbv2.k8s.aws (2026-11). */
export const gateOf = (binding: string): string => `target-health.${group}/${binding}`;

/** Auto Mode names those of Services and Ingresses so (2026-11). */
export const finalizer = `${group}/resources`;

const text = { type: "string" };
const port = { anyOf: [{ type: "integer" }, text], "x-kubernetes-int-or-string": true };
const objects = (properties: object) => ({ type: "array", items: { type: "object", properties } });

/**
 * aws-load-balancer-controller's elbv2.k8s.aws/v1beta1 without what Auto Mode doesn't know: targetGroupName
 * (aws/containers-roadmap#2621), and the roles of other accounts (2026-11).
 */
const spec = {
  type: "object",
  required: ["serviceRef", "targetGroupARN"],
  properties: {
    targetGroupARN: { ...text, minLength: 1 },
    targetType: { ...text, enum: ["instance", "ip"] },
    ipAddressType: { ...text, enum: ["ipv4", "ipv6"] },
    vpcID: { ...text, pattern: "^vpc-[0-9a-f]{8}$|^vpc-[0-9a-f]{17}$" },
    serviceRef: { type: "object", required: ["name", "port"], properties: { name: text, port } },
    nodeSelector: {
      type: "object",
      properties: {
        matchLabels: { type: "object", additionalProperties: text },
        matchExpressions: objects({
          key: text,
          operator: text,
          values: { type: "array", items: text },
        }),
      },
    },
    networking: {
      type: "object",
      properties: {
        ingress: objects({
          from: objects({
            ipBlock: { type: "object", properties: { cidr: text } },
            securityGroup: { type: "object", properties: { groupID: text } },
          }),
          ports: objects({ port, protocol: { ...text, enum: ["TCP", "UDP"] } }),
        }),
      },
    },
  },
  "x-kubernetes-validations": [
    ...["targetGroupARN", "targetType"].map((field) => ({
      rule: `!has(self.${field}) || !has(oldSelf.${field}) || self.${field} == oldSelf.${field}`,
      message: `TargetGroupBinding update may not change these fields: spec.${field}`,
    })),
    {
      rule: "!has(self.nodeSelector) || !has(self.targetType) || self.targetType != 'ip'",
      message: "TargetGroupBinding cannot set NodeSelector when TargetType is ip",
    },
  ],
};

const column = (name: string, type: string, jsonPath: string) => ({ name, type, jsonPath });

export const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `targetgroupbindings.${group}` },
  spec: {
    group,
    scope: "Namespaced",
    names: {
      kind: "TargetGroupBinding",
      listKind: "TargetGroupBindingList",
      plural: "targetgroupbindings",
      singular: "targetgroupbinding",
    },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          column("SERVICE-NAME", "string", ".spec.serviceRef.name"),
          column("SERVICE-PORT", "string", ".spec.serviceRef.port"),
          column("TARGET-TYPE", "string", ".spec.targetType"),
          column("AGE", "date", ".metadata.creationTimestamp"),
        ],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              apiVersion: text,
              kind: text,
              metadata: { type: "object" },
              spec,
              status: { type: "object", properties: { observedGeneration: { type: "integer" } } },
            },
          },
        },
      },
    ],
  },
};

/** Why a new one is refused, as aws-load-balancer-controller's webhook has it (2026-11). */
export function refusal(
  { metadata, spec: { targetGroupARN, targetType } }: Binding,
  all: Binding[],
): string | undefined {
  const targets = targetGroups.get(targetGroupARN);
  if (!targets) return `unable to get target group: TargetGroupNotFound: One or more target groups not found`;
  if (targetType && targetType !== targets.targetType)
    return `invalid target type ${targetType} for TargetGroup ${targetGroupARN}, which has ${targets.targetType}`;
  const other = all.find(
    (known) =>
      known.spec.targetGroupARN === targetGroupARN &&
      (known.metadata.name !== metadata.name || known.metadata.namespace !== metadata.namespace),
  );
  if (!other) return undefined;
  const name = `${other.metadata.namespace}/${other.metadata.name}`;
  return `TargetGroup ${targetGroupARN} is already bound to TargetGroupBinding ${name}`;
}
