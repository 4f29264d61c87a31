// The program knows these values only when the stack is there. service.ts says which variables carry them.

export interface Known<Name extends string = string> {
  readonly name: Name;
  /** Whether it must never be in clear: in a ConfigMap, a rendered file or a log. */
  readonly isSecret: boolean;
}

/** Texts and known values, one after the other. */
export interface Text {
  readonly pieces: readonly (string | Known<KnownName>)[];
}

export type Value = string | Known<KnownName> | Text;

const plain = <Name extends string>(name: Name): Known<Name> => ({ name, isSecret: false });
const secret = <Name extends string>(name: Name): Known<Name> => ({ name, isSecret: true });

export const known = {
  /** The stack's name, such as `prod`. */
  environment: plain("environment"),
  /** What runs, as `repository@sha256:…`. */
  image: plain("image"),
  /** The description's `http.port`. */
  port: plain("port"),
  /** The description's `http.metrics.port`, where `appTargetRequestsInFlight` makes use of it. */
  metricsPort: plain("metricsPort"),
  /** Processes that serve in each pod. */
  workers: plain("workers"),
  /** DEBUG, INFO, WARNING or ERROR. */
  logLevel: plain("logLevel"),
  /** `true` or `false`. */
  docs: plain("docs"),
  /** Host headers to answer, separated by commas. */
  allowedHosts: plain("allowedHosts"),
  /** Networks, separated by commas, whose `X-Forwarded-*` headers say the truth: the load balancer's. */
  trustedProxies: plain("trustedProxies"),
  requestTimeoutSeconds: plain("requestTimeoutSeconds"),
  gracefulTimeoutSeconds: plain("gracefulTimeoutSeconds"),
  keepAliveSeconds: plain("keepAliveSeconds"),
  database: {
    host: plain("database.host"),
    port: plain("database.port"),
    name: plain("database.name"),
    user: plain("database.user"),
    /** Letters and digits alone, so that a URL takes it as it is. */
    password: secret("database.password"),
    /** Path of the PEM file with the authorities that may have signed PostgreSQL's certificate. */
    caFile: plain("database.caFile"),
    /** Path of SQLite's file, in a folder that outlives pods. */
    file: plain("database.file"),
    poolSize: plain("database.poolSize"),
    maxOverflow: plain("database.maxOverflow"),
    /** `true` or `false`. */
    poolPrePing: plain("database.poolPrePing"),
    poolRecycleSeconds: plain("database.poolRecycleSeconds"),
    connectTimeoutSeconds: plain("database.connectTimeoutSeconds"),
    commandTimeoutSeconds: plain("database.commandTimeoutSeconds"),
  },
  migration: {
    /** Longest that one statement may take, in milliseconds: the Job's deadline, less what stopping takes. */
    statementTimeoutMs: plain("migration.statementTimeoutMs"),
  },
} as const;

type NameIn<T> = T extends Known<infer Name> ? Name : { [Key in keyof T]: NameIn<T[Key]> }[keyof T];
export type KnownName = NameIn<typeof known>;

/** A text with known values in it: text`redis://${known.…}/0`. */
export function text(strings: TemplateStringsArray, ...values: readonly (string | Known<KnownName>)[]): Text {
  const pieces = strings.flatMap((string, index) => [string, ...values.slice(index, index + 1)]);
  return { pieces: pieces.filter((piece) => piece !== "") };
}

const { host, port, name, user, password, caFile } = known.database;

/** What each driver of SQLAlchemy calls a verified certificate. asyncpg takes the file from PGSSLROOTCERT alone. */
const verified = {
  postgresql: text`sslmode=verify-full&sslrootcert=${caFile}`,
  "postgresql+psycopg": text`sslmode=verify-full&sslrootcert=${caFile}`,
  "postgresql+psycopg2": text`sslmode=verify-full&sslrootcert=${caFile}`,
  "postgresql+asyncpg": text`ssl=verify-full`,
};

/** PostgreSQL's URL for a driver, with the password in it. For `postgresql+asyncpg`, set PGSSLROOTCERT as well. */
export function databaseUrl(driver: keyof typeof verified): Text {
  const address = text`${driver}://${user}:${password}@${host}:${port}/${name}?`;
  return { pieces: [...address.pieces, ...verified[driver].pieces] };
}

export function pieces(value: Value): Text["pieces"] {
  if (typeof value === "string") return [value];
  return "pieces" in value ? value.pieces : [value];
}

export function knownIn(value: Value): Known<KnownName>[] {
  return pieces(value).filter((piece) => typeof piece !== "string");
}

/** Whether a part of it may not be in clear. */
export const isSecret = (value: Value): boolean => knownIn(value).some((known) => known.isSecret);

/** Checks the type at run time, when nothing else does. */
export function isValue(value: unknown): value is Value {
  const isKnown = (piece: unknown) => typeof piece === "object" && piece !== null && "isSecret" in piece;
  if (typeof value === "string" || isKnown(value)) return true;
  return typeof value === "object" && value !== null && "pieces" in value && Array.isArray(value.pieces)
    ? value.pieces.every((piece) => typeof piece === "string" || isKnown(piece))
    : false;
}
