// The inputs of eks.Cluster.

import { boolean, matching, object, oneOf, set, string, tags } from "../provider/properties.ts";
import { cidr, contains } from "./cidr.ts";
import { versions } from "./eks-versions.ts";
import { AwsError } from "./errors.ts";

const switchable = () => object({ enabled: boolean() });

export const clusterProperties = {
  name: string({
    autoName: true,
    replaceOnChange: true,
    constraint: matching(
      /^[0-9A-Za-z][\w-]{0,99}$/,
      "1 to 100 letters, digits and _-, starting with a letter or digit",
    ),
  }),
  version: string({ computed: true, constraint: oneOf(...versions) }),
  roleArn: string({ required: true, replaceOnChange: true }),
  bootstrapSelfManagedAddons: boolean({ default: true, replaceOnChange: true }),
  accessConfig: object(
    {
      authenticationMode: string({
        computed: true,
        constraint: oneOf("API", "API_AND_CONFIG_MAP", "CONFIG_MAP"),
      }),
      bootstrapClusterCreatorAdminPermissions: boolean({ default: true, replaceOnChange: true }),
    },
    { computed: true },
  ),
  computeConfig: object({
    enabled: boolean(),
    nodePools: set(string({ constraint: oneOf("general-purpose", "system") })),
    // It may come later, but then it stays.
    nodeRoleArn: string({ replaceOnChange: (old) => Boolean(old) }),
  }),
  kubernetesNetworkConfig: object(
    {
      elasticLoadBalancing: object({ enabled: boolean() }, { computed: true }),
      ipFamily: string({ computed: true, replaceOnChange: true, constraint: oneOf("ipv4", "ipv6") }),
      serviceIpv4Cidr: string({
        computed: true,
        replaceOnChange: true,
        constraint: cidr(12, 24, undefined, ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]),
      }),
    },
    { computed: true },
  ),
  storageConfig: object({ blockStorage: switchable() }),
  vpcConfig: object(
    {
      subnetIds: set(string(), { required: true }),
      securityGroupIds: set(string()),
      endpointPrivateAccess: boolean({ default: false }),
      endpointPublicAccess: boolean({ default: true }),
      publicAccessCidrs: set(string({ constraint: cidr(0, 32) }), { computed: true }),
    },
    { required: true },
  ),
  encryptionConfig: object({
    // Encryption can be added to a cluster, and never taken away.
    provider: object(
      { keyArn: string({ required: true, replaceOnChange: (_old, next) => next === undefined }) },
      { required: true },
    ),
    resources: set(string({ constraint: oneOf("secrets") }), { required: true }),
  }),
  enabledClusterLogTypes: set(
    string({ constraint: oneOf("api", "audit", "authenticator", "controllerManager", "scheduler") }),
  ),
  deletionProtection: boolean({ computed: true }),
  forceUpdateVersion: boolean(),
  upgradePolicy: object(
    { supportType: string({ computed: true, constraint: oneOf("STANDARD", "EXTENDED") }) },
    { computed: true },
  ),
  zonalShiftConfig: switchable(),
  tags,
};

/** Private networks and those for documentation: RFC 1918 and 5737. */
const reserved = [
  ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
  ...["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"],
];

/** In EKS' own words, which public repositories quote for 10.1.0.96/27 and for 203.0.113.0/24 (2026-11). */
export function refuseReserved(cidrs: string[] = []): void {
  const refused = cidrs.filter((cidr) => reserved.some((range) => contains(range, cidr)));
  if (refused.length === 0) return;
  const message = `The following CIDRs are not allowed in publicAccessCidrs: [${refused.join(", ")}]`;
  throw new AwsError("InvalidParameterException", message);
}
