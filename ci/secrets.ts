// Finds credentials that a preview shows in clear, and so would whoever reads state or cluster.
import { keysOf, type Step, typeOf, UNKNOWN } from "./preview.ts";

/** Types that hold secrets, and where. */
const secretProperties: Record<string, string[]> = {
  "kubernetes:core/v1:Secret": ["data", "stringData"],
  "aws:rds/instance:Instance": ["password"],
  "aws:secretsmanager/secretVersion:SecretVersion": ["secretString", "secretBinary"],
};

const secretName = /(passw(or)?d|passphrase|secret|token|credentials?|(api|access|private)[_-]?key)$/i;
const secretValue =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[A-Z0-9]{16}\b|\bgh[pousr]_\w{36}|:\/\/[^/\s:]+:[^@\s]+@/;

/** By its name, or by how it looks. */
export const isCredential = (path: string, value: unknown): boolean =>
  value !== "[secret]" && (secretName.test(keysOf(path).at(-1) ?? "") || secretValue.test(String(value)));

/** Paths of the values that are in clear. */
export function secretsInClear({ urn, newState }: Step): string[] {
  const inputs = newState?.inputs ?? {};
  const type = typeOf(urn);
  if (type.startsWith("kubernetes:core/v1:ConfigMap")) {
    return texts("data", inputs.data).flatMap(([path, text]) => (isCredential(path, text) ? [path] : []));
  }
  return (secretProperties[type] ?? []).flatMap((name) => texts(name, inputs[name]).map(([path]) => path));
}

/** Each text that is known and no secret, with its path. */
function texts(path: string, value: unknown): [path: string, text: string][] {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, item]) =>
      texts(/^\w+$/.test(key) ? `${path}.${key}` : `${path}["${key}"]`, item),
    );
  }
  const isText = typeof value === "string" && !["", "[secret]", UNKNOWN].includes(value);
  return isText ? [[path, value]] : [];
}
