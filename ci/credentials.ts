// What credentials are called and how they look, and text without them.

/** What the engine prints in place of a secret, and so do we. */
export const SECRET = "[secret]";

const names =
  "passw(?:or)?ds?|(?<!by|com)pass|pwd|passphrase|secret|token|credentials?|" +
  "(?:api|access|private|secret|sign(?:ing)?|encrypt(?:ion)?|master|jwt|hmac)[_.-]?key";
const secretName = new RegExp(`(?:${names})$`, "i");

/** Where a credential is, or whether there is one: another variable, an ARN, a switch. */
const reference = /^(?:\$\(\w+\)|arn:aws\S+|true|false)$/;

/** Private keys, those of AWS and GitHub, and what stands before the host of a URL; not a port, nor `$(VARIABLE)`. */
const secretValue =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)|\bAKIA[A-Z0-9]{16}\b|\bgh[pousr]_\w{36}|(?<=:\/\/)[^\s/:"']*:(?!\d+["'/]|\$\()\S+(?=@)/g;

/** `password=…`, `"password": "…"`, `password: …`, but not the `secret:Secret` of a type or a URN. */
const assignment = new RegExp(
  `((?:${names})(?:\\\\?["']? *=>?|\\\\?["'] *:|(?<![/:][\\w.-]*):(?!:)) *)(?:\\\\?"[^"]*"|'[^']*'|\\S+)`,
  "gi",
);

/** By its name, or by how it looks. */
export const isCredential = (name: string, value: unknown): boolean =>
  String(value).search(secretValue) >= 0 || (secretName.test(name) && !reference.test(String(value)));

/** For text that isn't ours, such as a provider's error. */
export const masked = (text: string): string =>
  text.replace(secretValue, SECRET).replace(assignment, `$1${SECRET}`);
