// Finds credentials in plain text in a preview. Whoever can read the state or the cluster would see them too.
import { isCredential, SECRET } from "./credentials.ts";
import { type Inputs, keysOf, type Step, typeOf, UNKNOWN, valueAt } from "./preview.ts";

const parameter = "aws:ssm/parameter:Parameter";

/** Properties that are secret whatever is in them, by type. */
const secretProperties: Record<string, string[]> = {
  "kubernetes:core/v1:Secret": ["data", "stringData"],
  "kubernetes:core/v1:SecretPatch": ["data", "stringData"],
  "aws:rds/instance:Instance": ["password", "passwordWo"],
  "aws:rds/cluster:Cluster": ["masterPassword", "masterPasswordWo"],
  "aws:secretsmanager/secretVersion:SecretVersion": ["secretString", "secretStringWo", "secretBinary"],
  [parameter]: ["value", "valueWo"],
};

const isSecretProperty = (type: string, inputs: Inputs, [property = ""]: string[]): boolean =>
  (secretProperties[type]?.includes(property) ?? false) &&
  (type !== parameter || inputs.type === "SecureString");

/** Paths of the values that are in plain text. */
export function secretsInClear({ urn, newState }: Step): string[] {
  const inputs = newState?.inputs ?? {};
  const type = typeOf(urn);
  // Elsewhere a name isn't enough: how long a token lives may be called `accessToken`.
  const isNamed = (keys: string[]) =>
    keys.at(-1) === "value" || (type.startsWith("kubernetes:core/v1:ConfigMap") && keys[0] !== "metadata");
  return texts([], inputs)
    .filter(
      ([keys, text]) =>
        isSecretProperty(type, inputs, keys) || isCredential(isNamed(keys) ? nameAt(inputs, keys) : "", text),
    )
    .map(([keys]) => pathOf(keys));
}

/** Whether comments must hide this path. A value that is secret before or after the change is secret in both. */
export function isSecret({ urn, oldState, newState }: Step, path: string): boolean {
  const keys = keysOf(path);
  return [oldState?.inputs ?? {}, newState?.inputs ?? {}].some((inputs) => {
    const value = valueAt(inputs, keys);
    return (
      value === SECRET ||
      isSecretProperty(typeOf(urn), inputs, keys) ||
      isCredential(nameAt(inputs, keys), value)
    );
  });
}

/** A value's key, or the `name` beside a `value`, as in the `env` of a container. */
function nameAt(inputs: Inputs, keys: string[]): string {
  const last = keys.at(-1) ?? "";
  const name = last === "value" ? valueAt(inputs, keys.with(-1, "name")) : undefined;
  return typeof name === "string" ? name : last;
}

/** As the engine writes it: `a.b[0]["c.d"]`. */
const pathOf = (keys: string[]): string =>
  keys
    .map((key) => (/^\d+$/.test(key) ? `[${key}]` : /^\w+$/.test(key) ? `.${key}` : `["${key}"]`))
    .join("")
    .replace(/^\./, "");

/** Each text that is known and no secret, with the keys that lead to it. */
function texts(keys: string[], value: unknown): [keys: string[], text: string][] {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) => texts([...keys, key], item));
  }
  return typeof value === "string" && !["", SECRET, UNKNOWN].includes(value) ? [[keys, value]] : [];
}
