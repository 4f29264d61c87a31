import type { LabelSelector } from "./kubernetes-types.ts";

/** Whether labels are what a selector asks for; an empty one asks for nothing. */
export function matches(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Record<string, string> = {},
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const isThere = Object.hasOwn(labels, key);
      const isOneOf = isThere && values.includes(labels[key] as string);
      switch (operator) {
        case "In":
          return isOneOf;
        case "NotIn":
          return !isOneOf;
        case "Exists":
          return isThere;
        case "DoesNotExist":
          return !isThere;
        default:
          throw new Error(`a selector's operator: got ${operator}`);
      }
    })
  );
}
