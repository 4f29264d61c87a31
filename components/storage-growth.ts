/**
 * RDS rounds a growth of less than a tenth up to a tenth, and the next `up` would ask to shrink again, which nothing can
 * (ModifyDBInstance, AllocatedStorage; RDS user guide, USER_PIOPS.ModifyingExisting.ScalingUp; 2026-11).
 */
export const leastGrowth = (from: number): number => Math.ceil((from * 11) / 10);

/** @throws what is wrong with a new size of a volume that exists. */
export function refuseGrowth(from: number, to: number, maximum: number): void {
  // RDS has grown it by itself: the provider leaves it alone.
  if (to < from && maximum > to) return;
  if (to === from || to >= leastGrowth(from)) return;
  throw new Error(
    to > from
      ? `databaseStorageGiB: got ${to}, which is less than a tenth more than the volume's ${from} GiB; allowed: ${from}, or ${leastGrowth(from)} and more; fix: pulumi config set databaseStorageGiB ${leastGrowth(from)}`
      : `databaseStorageGiB: got ${to}, which is less than the volume has; allowed: ${from} and more, since no volume of RDS shrinks; fix: pulumi config set databaseStorageGiB ${from}`,
  );
}
