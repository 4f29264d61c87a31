// The functions of the provider that a program may call.
import { registryAddress, registryCredentials } from "../engines/registry.ts";
import { type Bag, wrapSecret } from "../provider/values.ts";
import { accountId, callerArn, region, zoneId, zoneNames } from "./account.ts";
import type { Functions } from "./provider.ts";

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
