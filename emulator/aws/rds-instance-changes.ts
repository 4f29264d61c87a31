// What RDS lets become of an instance's version and storage.
import { AwsError } from "./errors.ts";
import type { Source } from "./rds-backups.ts";
import { grownByItself, type InstanceInputs, leastGrowth } from "./rds-instance-properties.ts";
import { actualVersion, isUpgradeTarget } from "./rds-tables.ts";

/** A prefix that still fits asks for nothing new. */
export const fits = (version: string, asked: string): boolean => `${version}.`.startsWith(`${asked}.`);

export function newVersion(
  current: Source,
  { engineVersion, allowMajorVersionUpgrade }: InstanceInputs,
): string {
  const from = current.engineVersionActual;
  if (!engineVersion || fits(from, engineVersion)) return from;
  const to = actualVersion(engineVersion) ?? "";
  const [oldMajor = 0, oldMinor = 0] = from.split(".").map(Number);
  const [newMajor = 0, newMinor = 0] = to.split(".").map(Number);
  if (newMajor < oldMajor || (newMajor === oldMajor && newMinor < oldMinor)) {
    throw new AwsError("InvalidParameterCombination", `Cannot upgrade postgres from ${from} to ${to}`);
  }
  if (newMajor > oldMajor && !allowMajorVersionUpgrade) {
    const message = `The AllowMajorVersionUpgrade flag must be present when upgrading from ${from} to ${to}`;
    throw new AwsError("InvalidParameterCombination", message);
  }
  if (newMajor > oldMajor && !isUpgradeTarget(from, to)) {
    throw new AwsError("InvalidParameterCombination", `Cannot upgrade postgres from ${from} to ${to}`);
  }
  return to;
}

export function refuseShrinking(current: Source, { allocatedStorage }: InstanceInputs): void {
  if (allocatedStorage === undefined || allocatedStorage >= current.allocatedStorage) return;
  const message = `Requested storage size ${allocatedStorage} cannot be less than the current ${current.allocatedStorage}`;
  throw new AwsError("InvalidParameterCombination", message);
}

export function newStorage(current: Source, inputs: InstanceInputs): number {
  const [from, to] = [current.allocatedStorage, inputs.allocatedStorage ?? current.allocatedStorage];
  if (to === from || grownByItself(from, to, inputs.maxAllocatedStorage)) return from;
  refuseShrinking(current, inputs);
  return Math.max(to, leastGrowth(from));
}
