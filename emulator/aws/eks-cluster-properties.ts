// The inputs of eks.Cluster, and which of them go together.
import { boolean, matching, object, oneOf, set, string, tags, type Values } from "../provider/properties.ts";
import { containsUnknown } from "../provider/values.ts";
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

export type ClusterInputs = Values<typeof clusterProperties>;

export const invalid = (message: string): AwsError => new AwsError("InvalidParameterException", message);

function checkAutoMode({ bootstrapSelfManagedAddons, accessConfig, ...inputs }: ClusterInputs): void {
  const switches = {
    "computeConfig.enabled": inputs.computeConfig?.enabled ?? false,
    "storageConfig.blockStorage.enabled": inputs.storageConfig?.blockStorage?.enabled ?? false,
    "kubernetesNetworkConfig.elasticLoadBalancing.enabled":
      inputs.kubernetesNetworkConfig?.elasticLoadBalancing?.enabled ?? false,
  };
  if (containsUnknown([switches, inputs.computeConfig, accessConfig, bootstrapSelfManagedAddons])) return;
  if (new Set(Object.values(switches)).size > 1) {
    const got = JSON.stringify(switches);
    throw invalid(`For EKS Auto Mode all of these must be enabled, or all disabled; got ${got}`);
  }
  if (!inputs.computeConfig?.enabled) return;
  if (bootstrapSelfManagedAddons)
    throw invalid("EKS Auto Mode needs bootstrapSelfManagedAddons: false; got true");
  const mode = accessConfig?.authenticationMode ?? "CONFIG_MAP";
  if (mode === "CONFIG_MAP") {
    throw invalid(`EKS Auto Mode needs the authenticationMode API or API_AND_CONFIG_MAP; got ${mode}`);
  }
  const { nodeRoleArn, nodePools = [] } = inputs.computeConfig;
  if ((nodeRoleArn !== undefined) !== nodePools.length > 0) {
    throw invalid("computeConfig needs both nodePools and nodeRoleArn, or neither");
  }
}

export function checkCluster(inputs: ClusterInputs): void {
  checkAutoMode(inputs);
  const { endpointPrivateAccess, endpointPublicAccess } = inputs.vpcConfig;
  if (!endpointPrivateAccess && !endpointPublicAccess) {
    throw invalid("Private and public endpoint access cannot be false");
  }
  if (endpointPublicAccess === false && inputs.vpcConfig.publicAccessCidrs?.length) {
    throw invalid("publicAccessCidrs need endpointPublicAccess: true");
  }
}

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
  throw invalid(message);
}
