// What may stand in each field of a description.

/** The longest that leaves room for `-migration` in a label. */
const LONGEST_NAME = 40;

export const isText = (value: unknown): value is string => typeof value === "string";
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isOneOf =
  (...allowed: unknown[]) =>
  (value: unknown) =>
    allowed.includes(value);
const isInteger = (least: number, most: number) => (value: unknown) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
const matches = (pattern: RegExp) => (value: unknown) => isText(value) && pattern.test(value);

const command = {
  isRight: (value: unknown) =>
    Array.isArray(value) && value.length > 0 && value.every((word) => isText(word) && word !== ""),
  allowed: "a command and its arguments, each a text of its own",
};
const port = {
  isRight: isInteger(1024, 65535),
  allowed: "1024 to 65535 (a process without privileges can't listen below)",
};
const path = { isRight: matches(/^\/[^\s?#]*$/), allowed: "a path that begins with /" };
const inSources = {
  isRight: matches(/^(?!\.{1,2}(?:\/|$))[^\s/]+(?:\/(?!\.\.(?:\/|$))[^\s/]+)*$/),
  allowed: "a folder, named from where this file is, or from `source` on, without . and ..",
};
const isFolder = matches(
  /^\/(?!(?:bin|boot|etc|home|lib|lib64|opt|root|run|sbin|srv|usr|var)$)(?!(?:dev|proc|sys|tmp)(?:\/|$))[\w-][\w.-]*(?:\/[\w-][\w.-]*)*$/,
);
const byte = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const isReach = matches(
  new RegExp(`^(?:https|aws|(?:${byte}\\.){3}${byte}/(?:[12]?\\d|3[0-2]):(?!0)\\d{1,5})$`),
);
const isPort = (port = "443") => Number(port) <= 65535;
const FOLDER =
  "absolute, not a whole folder of the system such as /etc, and not in /tmp, which may be written to anyway";

export interface Field {
  isRight(value: unknown): boolean;
  allowed: string;
  example: string;
  isOptional?: boolean;
}

/** Each field by its path. Those of an optional object are asked for where the object is. */
export const fields: Readonly<Record<string, Field>> = {
  name: {
    isRight: (value) => matches(/^[a-z](-?[a-z0-9])*$/)(value) && String(value).length <= LONGEST_NAME,
    allowed: `at most ${LONGEST_NAME} small letters, digits and single hyphens, from a letter, not to a hyphen`,
    example: '"shop"',
  },
  source: { ...inSources, example: '"app"' },
  serve: { ...command, example: '["uvicorn", "shop.main:app", "--host", "0.0.0.0", "--port", "8080"]' },
  http: {
    isRight: isObject,
    allowed: "an object, or nothing for a worker",
    example: '{ port: 8000, liveness: "/healthz", readiness: "/readyz" }',
    isOptional: true,
  },
  "http.port": { ...port, example: "8080" },
  "http.liveness": { ...path, example: '"/healthz"' },
  "http.readiness": { ...path, example: '"/readyz"' },
  "http.metrics": {
    isRight: isObject,
    allowed: "an object, or nothing",
    example: '{ port: 9000, path: "/metrics", requestsInFlight: "http_server_active_requests" }',
    isOptional: true,
  },
  "http.metrics.port": { ...port, example: "9000" },
  "http.metrics.path": { ...path, example: '"/metrics"' },
  "http.metrics.requestsInFlight": {
    isRight: matches(/^[A-Za-z_]\w*$/),
    allowed: "the name of a metric: letters, digits and _, not from a digit",
    example: '"http_server_active_requests"',
  },
  database: {
    isRight: isOneOf("postgresql", "sqlite", "none"),
    allowed: '"postgresql", "sqlite" or "none"',
    example: '"postgresql"',
  },
  migrations: {
    isRight: isObject,
    allowed: "an object, or nothing where none run",
    example: '{ command: ["alembic", "upgrade", "head"], tool: "alembic", revisions: "alembic/versions" }',
    isOptional: true,
  },
  "migrations.command": { ...command, example: '["alembic", "upgrade", "head"]' },
  "migrations.tool": {
    isRight: isOneOf("alembic", "other"),
    allowed: '"alembic" or "other"',
    example: '"alembic"',
  },
  "migrations.revisions": { ...inSources, example: '"alembic/versions"', isOptional: true },
  variables: { isRight: isObject, allowed: "an object", example: "{ PORT: known.port }" },
  secretFiles: {
    isRight: isObject,
    allowed: "an object, or nothing",
    example: '{ folder: "/run/secrets/shop", files: { password: known.database.password } }',
    isOptional: true,
  },
  "secretFiles.folder": { isRight: isFolder, allowed: FOLDER, example: '"/run/secrets/shop"' },
  "secretFiles.files": {
    isRight: (value) => isObject(value) && Object.keys(value).length > 0,
    allowed: "an object of file names and what is in them",
    example: "{ password: known.database.password }",
  },
  writes: {
    isRight: (value) => Array.isArray(value) && value.every(isFolder) && new Set(value).size === value.length,
    allowed: `folders, each once: ${FOLDER}`,
    example: '["/var/cache/shop"]',
    isOptional: true,
  },
  reaches: {
    isRight: (value) =>
      Array.isArray(value) &&
      value.every((reach) => isReach(reach) && isPort(reach.split(":")[1])) &&
      new Set(value).size === value.length,
    allowed: '"https", "aws", or a network and its port such as "10.20.0.0/16:6379", each once',
    example: '["https"]',
    isOptional: true,
  },
  request: {
    isRight: isObject,
    allowed: "an object, or nothing",
    example: '{ method: "GET", path: "/products", status: 200 }',
    isOptional: true,
  },
  "request.method": {
    isRight: isOneOf("GET", "POST", "PUT"),
    allowed: '"GET", "POST" or "PUT"',
    example: '"GET"',
  },
  "request.path": { ...path, isRight: matches(/^\/\S*$/), example: '"/products"' },
  "request.body": { isRight: () => true, allowed: "what JSON can tell", example: "{}", isOptional: true },
  "request.status": {
    isRight: isInteger(200, 399),
    allowed: "200 to 399, since it proves that the service works",
    example: "200",
  },
};
