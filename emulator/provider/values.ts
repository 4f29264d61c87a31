// Values as the engine sends them: a secret or a resource reference is an object with a signature.
import { isDeepStrictEqual } from "node:util";
import * as rpc from "@pulumi/pulumi/runtime/rpc.js";

export type Bag = Record<string, unknown>;

export const isBag = (value: unknown): value is Bag =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSecret = (value: unknown): value is { value: unknown } =>
  isBag(value) && value[rpc.specialSigKey] === rpc.specialSecretSig;

/** In previews, what another resource has yet to compute. */
export const unknownValue = rpc.unknownValue;
export const isUnknown = (value: unknown): boolean => value === unknownValue;

/** Whether something at any depth of the value is as asked. */
function contains(value: unknown, matches: (part: unknown) => boolean): boolean {
  if (matches(value)) return true;
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).some((part) => contains(part, matches))
  );
}

export const containsUnknown = (value: unknown): boolean => contains(value, isUnknown);
export const containsSecret = (value: unknown): boolean => contains(value, isSecret);

export function unwrapSecrets<T>(value: T): T {
  if (isSecret(value)) return unwrapSecrets(value.value) as T;
  if (Array.isArray(value)) return value.map(unwrapSecrets) as T;
  return isBag(value) ? (mapValues(value, unwrapSecrets) as T) : value;
}

export function wrapSecret(value: unknown): Bag {
  return { [rpc.specialSigKey]: rpc.specialSecretSig, value };
}

/** A resource passed where its id is meant (`role: role`) stands for that id. */
export function resolveReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolveReferences);
  if (!isBag(value)) return value;
  if (value[rpc.specialSigKey] === rpc.specialResourceSig) return value.id || rpc.unknownValue;
  return mapValues(value, resolveReferences);
}

export function mapValues(bag: Bag, change: (value: unknown) => unknown): Bag {
  return Object.fromEntries(Object.entries(bag).map(([key, value]) => [key, change(value)]));
}

const isEmpty = (value: unknown): boolean =>
  !value || (typeof value === "object" && Object.keys(value).length === 0);

/** Equality as Terraform's SDK has it, which doesn't tell an absent value from false, 0, "" or an empty list. */
export function isEqual(one: unknown, other: unknown): boolean {
  return (isEmpty(one) && isEmpty(other)) || isDeepStrictEqual(one, other);
}
