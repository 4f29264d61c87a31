// The functions of the provider that a program may call.
import { registryAddress, registryCredentials, resolveTag } from "../engines/registry.ts";
import { type Bag, wrapSecret } from "../provider/values.ts";
import { accountId, callerArn, region, zoneId, zoneNames } from "./account.ts";
import { expectRepository } from "./ecr.ts";
import { defaultAddonVersion } from "./eks-addon-versions.ts";
import { AwsError } from "./errors.ts";
import type { Functions } from "./provider.ts";
import { findZone } from "./route53.ts";

const tokenHours = 12;

/** Refuses an argument that the function would pass over. */
function checkArguments(args: Bag, known: string[]): void {
  for (const name of Object.keys(args)) {
    if (!known.includes(name)) {
      throw new Error(
        `the emulator doesn't know the argument ${name}; it knows ${known.join(", ") || "none"}`,
      );
    }
  }
}

interface Filter {
  name: string;
  values: string[];
}

/** All zones of the emulator are plain availability zones, open to every account. */
function fitsZones({ name, values }: Filter): boolean {
  if (name !== "opt-in-status")
    throw new Error(`the emulator doesn't know the filter ${name}; it knows opt-in-status`);
  return values.includes("opt-in-not-required");
}

export const functions: Functions = {
  "aws:index/getAvailabilityZones:getAvailabilityZones"(args) {
    checkArguments(args, ["state", "filters", "excludeZoneIds"]);
    const excluded = (args.excludeZoneIds as string[] | undefined) ?? [];
    const matches =
      (args.state ?? "available") === "available" &&
      ((args.filters as Filter[] | undefined) ?? []).every(fitsZones);
    const names = matches ? zoneNames().filter((zone) => !excluded.includes(zoneId(zone))) : [];
    return {
      ...args,
      id: region(),
      region: region(),
      names,
      zoneIds: names.map(zoneId),
      groupNames: names.length > 0 ? [region()] : [],
    };
  },
  "aws:index/getCallerIdentity:getCallerIdentity"(args) {
    checkArguments(args, []);
    return { id: accountId, accountId, arn: callerArn, userId: "AIDAEMULATOR00000000" };
  },
  "aws:index/getPartition:getPartition"(args) {
    checkArguments(args, []);
    return { id: "aws", partition: "aws", dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" };
  },
  "aws:index/getRegion:getRegion"(args) {
    checkArguments(args, []);
    const endpoint = `ec2.${region()}.amazonaws.com`;
    return { id: region(), region: region(), name: region(), description: region(), endpoint };
  },
  "aws:ecr/getRepository:getRepository"(args) {
    checkArguments(args, ["name", "registryId", "region"]);
    const found: Bag = { ...expectRepository(args.name as string, args) };
    const { forceDelete: _, tagsAll: tags, imageScanningConfiguration: scan, ...rest } = found;
    const scanning = scan ? [scan] : [];
    return {
      ...rest,
      tags,
      region: region(),
      imageScanningConfigurations: scanning,
      mostRecentImageTags: [],
    };
  },
  async "aws:ecr/getImage:getImage"(args) {
    checkArguments(args, ["repositoryName", "registryId", "region", "imageDigest", "imageTag"]);
    const { repositoryName, imageDigest, imageTag } = args as Record<string, string>;
    const { registryId, repositoryUrl } = expectRepository(repositoryName ?? "", args);
    const reference = imageDigest ?? imageTag;
    if (!reference) throw new Error("one of `imageDigest,imageTag,mostRecent` must be specified");
    const digest = await resolveTag(repositoryName ?? "", reference);
    if (!digest) {
      const id = imageDigest ? `imageDigest:'${imageDigest}'` : `imageTag:'${imageTag}'`;
      throw new Error(
        `ImageNotFoundException: The image with imageId {${id}} does not exist within the repository ` +
          `with name '${repositoryName}' in the registry with id '${registryId}'`,
      );
    }
    return {
      ...args,
      id: digest,
      imageDigest: digest,
      imageUri: `${repositoryUrl}@${digest}`,
      registryId,
      region: region(),
    };
  },
  "aws:eks/getAddonVersion:getAddonVersion"(args) {
    checkArguments(args, ["addonName", "kubernetesVersion", "mostRecent"]);
    const [addonName, kubernetesVersion] = [String(args.addonName), String(args.kubernetesVersion)];
    const version = defaultAddonVersion(addonName, kubernetesVersion);
    if (!version) {
      const message = `no version of ${addonName} for Kubernetes ${kubernetesVersion}`;
      throw new AwsError("InvalidParameterException", message);
    }
    return { ...args, id: addonName, region: region(), version };
  },
  "aws:route53/getZone:getZone"(args) {
    checkArguments(args, ["name", "zoneId", "privateZone"]);
    const { id, name } = findZone(args);
    return {
      ...{ id, zoneId: id, name, privateZone: false, tags: {}, nameServers: [], resourceRecordSetCount: 2 },
      ...{
        arn: `arn:aws:route53:::hostedzone/${id}`,
        callerReference: id,
        comment: "",
        primaryNameServer: "",
      },
      ...{ linkedServiceDescription: "", linkedServicePrincipal: "" },
    };
  },
  "aws:ecr/getAuthorizationToken:getAuthorizationToken"(args) {
    checkArguments(args, ["registryId"]);
    const { userName, password } = registryCredentials();
    const authorizationToken = Buffer.from(`${userName}:${password}`).toString("base64");
    return {
      ...args,
      id: region(),
      region: region(),
      userName,
      password: wrapSecret(password),
      authorizationToken: wrapSecret(authorizationToken),
      expiresAt: new Date(Date.now() + tokenHours * 3600_000).toISOString(),
      proxyEndpoint: `http://${registryAddress()}`,
    };
  },
};
