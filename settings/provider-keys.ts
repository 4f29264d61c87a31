// What the providers that the program uses may be told, by the types of their own SDKs.
import type * as Aws from "@pulumi/aws/config/vars.js";
import { Region } from "@pulumi/aws/types/enums/index.js";
import type * as Docker from "@pulumi/docker/config/vars.js";

export interface Kind<T = unknown> {
  /** In words. */
  allowed: string;
  /** Whether a key's value is the text itself; of other kinds it is JSON. */
  isText?: boolean;
  fits: (value: unknown) => value is T;
}

/** One for each key of a configuration, which the compiler compares with the SDK's types. */
type Kinds<T> = { readonly [K in Exclude<keyof T, "default">]-?: Kind<NonNullable<T[K]>> };

const text: Kind<string> = {
  allowed: "a text",
  isText: true,
  fits: (value): value is string => typeof value === "string" && value.trim() !== "",
};
const flag: Kind<boolean> = {
  allowed: "true, false",
  fits: (value) => typeof value === "boolean",
};
const count: Kind<number> = {
  allowed: "a whole number",
  fits: (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
};
const oneOf = (...values: readonly string[]): Kind<string> => ({
  allowed: values.join(", "),
  isText: true,
  fits: (value): value is string => values.some((one) => one === value),
});
const listOf = <T>({ allowed, fits }: Kind<T>): Kind<T[]> => ({
  allowed: `a list, each ${allowed}`,
  fits: (value): value is T[] => Array.isArray(value) && value.every(fits),
});
const mapOf = <T>({ allowed, fits }: Kind<T>): Kind<Record<string, T>> => ({
  allowed: `an object, each value ${allowed} in quotes`,
  fits: (value): value is Record<string, T> => isObject(value) && Object.values(value).every(fits),
});
const objectWith = <T extends object>(fields: Kinds<T>): Kind<T> => ({
  allowed: `an object with ${Object.entries<Kind>(fields)
    .map(([name, { allowed }]) => `${name} (${allowed})`)
    .join(", ")}`,
  fits: (value): value is T =>
    isObject(value) &&
    Object.entries(value).every(
      ([name, item]) => Object.hasOwn(fields, name) && (fields as Record<string, Kind>)[name]?.fits(item),
    ),
});
const account: Kind<string> = {
  allowed: "12 digits",
  // `pulumi config set --path` takes the digits for a number.
  fits: (value): value is string =>
    ["string", "number"].includes(typeof value) && /^\d{12}$/.test(`${value}`),
};

/** The other partitions of AWS have ARNs of their own, and the program's begin with `arn:aws:`. */
export const regions: readonly string[] = Object.values(Region).filter(
  (name) => !/^(cn|eusc|eu-isoe|us-gov|us-iso[a-z]*)-/.test(name),
);
const region: Kind<string> = {
  allowed: `a region of AWS' own partition: ${regions.join(", ")}`,
  isText: true,
  fits: (value): value is string => regions.some((one) => one === value),
};

/** Credentials that Pulumi's provider would use and the kubeconfig, which logs in by the `aws` command, would not. */
export const credentials = [
  "accessKey",
  "assumeRoleWithWebIdentity",
  "assumeRoles",
  "profile",
  "secretKey",
  "sharedConfigFiles",
  "sharedCredentialsFiles",
  "token",
] as const;

const aws: Kinds<Omit<typeof Aws, (typeof credentials)[number] | "defaultTags">> = {
  allowedAccountIds: listOf(account),
  customCaBundle: text,
  ec2MetadataServiceEndpoint: text,
  ec2MetadataServiceEndpointMode: oneOf("IPv4", "IPv6"),
  endpoints: listOf(mapOf(text)),
  forbiddenAccountIds: listOf(account),
  httpProxy: text,
  httpsProxy: text,
  ignoreTags: objectWith({ keyPrefixes: listOf(text), keys: listOf(text) }),
  insecure: flag,
  maxRetries: count,
  noProxy: text,
  region,
  retryMode: oneOf("standard", "adaptive"),
  s3UsEast1RegionalEndpoint: oneOf("legacy", "regional"),
  s3UsePathStyle: flag,
  skipCredentialsValidation: flag,
  skipMetadataApiCheck: flag,
  skipRegionValidation: flag,
  skipRequestingAccountId: flag,
  stsRegion: region,
  tagPolicyCompliance: oneOf("error", "warning", "disabled"),
  tokenBucketRateLimiterCapacity: count,
  useDualstackEndpoint: flag,
  useFipsEndpoint: flag,
  userAgents: listOf(text),
};

const docker: Kinds<typeof Docker> = {
  caMaterial: text,
  certMaterial: text,
  certPath: text,
  context: text,
  disableDockerDaemonCheck: flag,
  host: text,
  keyMaterial: text,
  registryAuth: listOf(
    objectWith({
      address: text,
      authDisabled: flag,
      configFile: text,
      configFileContent: text,
      password: text,
      username: text,
    }),
  ),
  sshOpts: listOf(text),
};

/** Pulumi's own (sdk/go/common/workspace/project.go and pkg, 3.232). */
const pulumi: Record<string, Kind> = {
  autonaming: { allowed: "an object", fits: isObject },
  "disable-default-providers": {
    allowed: "a list with kubernetes, whose default provider would reach the developer's current cluster",
    fits: (value): value is string[] => listOf(text).fits(value) && value.includes("kubernetes"),
  },
  tags: mapOf(text),
};

/** Kubernetes' provider is the cluster's own and takes no configuration; random's and tls' have none. */
export const namespaces: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  aws,
  docker,
  kubernetes: {},
  pulumi,
  random: {},
  tls: {},
};

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
