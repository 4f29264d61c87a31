// Where the emulated resources are: one account, the region of the environment, and the names AWS gives there.
import { createHash, randomBytes, randomUUID } from "node:crypto";

export const accountId = "000000000000";
export const callerArn = `arn:aws:iam::${accountId}:user/emulator`;

export function region(): string {
  const name = process.env.AWS_REGION;
  if (!name || !/^[a-z]{2}-[a-z]+-\d$/.test(name)) {
    throw new Error(`AWS_REGION is ${name ?? "not set"}; it must be a region's name, such as eu-central-1`);
  }
  return name;
}

export const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${region()}:${accountId}:${resource}`;

/** Whether a resource is in the environment's region. */
export const isHere = (resource: { arn: string }): boolean => resource.arn.split(":")[3] === region();

/** IAM knows no regions. */
export const iamArn = (resource: string): string => `arn:aws:iam::${accountId}:${resource}`;

/** An id of EC2's form, such as vpc-0a1b2c3d4e5f60718. */
export const newId = (prefix: string): string => `${prefix}-0${randomBytes(8).toString("hex")}`;

export const newUuid = (): string => randomUUID();

/** Terraform's way to make a name from a prefix. */
export const nameFrom = (prefix: string): string => `${prefix}${Date.now()}${randomBytes(6).toString("hex")}`;

/** The same lower-case letters and digits for the same text. */
export function derived(text: string, length: number): string {
  const digest = createHash("sha256").update(text).digest("hex");
  return BigInt(`0x${digest}`).toString(36).slice(0, length);
}

/** The zones' numbers where programs may have to tell them apart, because EKS doesn't run in every one. */
const zoneNumbers: Record<string, number[]> = {
  "ca-central-1": [1, 2, 4],
  "us-east-1": [1, 2, 3, 4, 5, 6],
  "us-west-1": [1, 3],
};

/** Every other region gets three zones, which is what most have. */
const zones = (): number[] => zoneNumbers[region()] ?? [1, 2, 3];

export const zoneNames = (): string[] => zones().map((_, index) => region() + "abcdef".charAt(index));

/** Ids such as euc1-az1 for eu-central-1a. */
export function zoneId(zone: string): string {
  const [area = "", direction = "", number = ""] = zone.split("-");
  const short = direction.replace(/(north|south|central|east|west)/g, (word) => word.charAt(0));
  return `${area}${short}${number.charAt(0)}-az${zones()[zoneNames().indexOf(zone)]}`;
}
