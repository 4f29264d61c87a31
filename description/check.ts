// Refuses what no sources can make right. TypeScript's types don't help here: the engine runs service.ts without a
// compiler.
import { nearest, type Problem, quoted, shortened } from "../settings/problem.ts";
import type { Description } from "./description.ts";
import { fields, isObject, isText } from "./fields.ts";
import { isValue, type Value } from "./known.ts";
import { reserved } from "./reserved.ts";

export function descriptionProblems(service: Description): Problem[] {
  const wrong = Object.keys(fields).flatMap((field) => fieldProblems(service, field));
  // The checks below read these fields, so the fields come first.
  if (wrong.length > 0) return [...wrong, ...unknownFields(service)];
  return [
    ...unknownFields(service),
    ...nameProblems(service),
    ...pairProblems(service),
    ...valueProblems(
      "variables",
      service.variables,
      /^[A-Za-z_]\w*$/,
      "letters, digits and _, not from a digit",
    ),
    ...valueProblems("secretFiles.files", service.secretFiles?.files, /^[\w-][\w.-]*$/, "file names"),
  ];
}

/** The object that a field is in, and its name there. */
function place(service: Description, field: string): [object: unknown, name: string] {
  const [outer, name] = parted(field);
  const inside = (object: unknown, part: string) => (isObject(object) ? object[part] : undefined);
  return [outer ? outer.split(".").reduce(inside, service) : service, name];
}

/** The path of the object that a field is in, and its name there. */
function parted(field: string): [outer: string, name: string] {
  const dot = field.lastIndexOf(".");
  return [field.slice(0, Math.max(dot, 0)), field.slice(dot + 1)];
}

function fieldProblems(service: Description, field: string): Problem[] {
  const [object, name] = place(service, field);
  const rule = fields[field];
  if (!isObject(object) || !rule) return [];
  const value = object[name];
  if (value === undefined ? rule.isOptional : rule.isRight(value)) return [];
  return [{ key: field, got: said(value), allowed: rule.allowed, fix: `${name}: ${rule.example}` }];
}

function said(value: unknown): string {
  if (value === undefined) return "nothing";
  return isText(value) ? quoted(value) : shortened(JSON.stringify(value) ?? String(value));
}

function unknownFields(service: Description): Problem[] {
  const all = Object.keys(fields).map((field) => parted(field));
  const outers = new Set(all.map(([outer]) => outer));
  return [...outers].flatMap((outer) => {
    const prefix = outer ? `${outer}.` : "";
    const known = all.filter((one) => one[0] === outer).map(([, name]) => name);
    const [object] = place(service, `${prefix}*`);
    const strangers = isObject(object) ? Object.keys(object).filter((key) => !known.includes(key)) : [];
    return strangers.map((key) => ({
      key: `${prefix}${key}`,
      got: "a field that doesn't exist",
      allowed: known.join(", "),
      fix: `call it ${nearest(key, known)}, or leave it out`,
    }));
  });
}

function nameProblems({ name, database }: Description): Problem[] {
  const isTaken = /^(default|kube-.*|amazon-cloudwatch)$/.test(name);
  if (!isTaken && !(database === "postgresql" && reserved.has(name))) return [];
  return [
    {
      key: "name",
      got: `${name}, which ${isTaken ? "is a namespace of the cluster's own" : "PostgreSQL and RDS keep for themselves"}`,
      allowed: "a name that nothing else has",
      fix: `name: "${name}-service"`,
    },
  ];
}

/** Fields that don't go together. */
function pairProblems({
  http,
  database,
  migrations,
  request,
  secretFiles,
  writes = [],
}: Description): Problem[] {
  const problems: Problem[] = [];
  const refuse = (key: string, got: string, allowed: string, fix: string) =>
    problems.push({ key, got, allowed, fix });
  if (request && !http)
    refuse("request", "a request to a worker", "a request where there is `http`", "leave request out");
  if (http?.metrics?.port === http?.port && http?.metrics)
    refuse(
      "http.metrics.port",
      `${http.port}, which is http.port`,
      "a port of its own, which no load balancer reaches",
      `port: ${http.port === 9000 ? 9001 : 9000}`,
    );
  if (request?.method === "GET" && request.body !== undefined)
    refuse("request.body", "a body of a GET", "a body of POST or PUT", 'method: "POST"');
  if (migrations?.tool === "alembic" && migrations.revisions === undefined)
    refuse(
      "migrations.revisions",
      "nothing",
      fields["migrations.revisions"]?.allowed ?? "",
      'revisions: "alembic/versions"',
    );
  if (migrations?.tool === "other" && "revisions" in migrations)
    refuse(
      "migrations.revisions",
      "revisions of a tool other than Alembic",
      "revisions of Alembic",
      "leave revisions out",
    );
  if (migrations?.tool === "alembic" && database === "none")
    refuse(
      "database",
      '"none", while Alembic migrates it',
      '"postgresql"',
      'database: "postgresql", or leave migrations out',
    );
  for (const folder of writes) {
    const others = [
      ...writes.filter((other) => other !== folder),
      ...(secretFiles ? [secretFiles.folder] : []),
    ];
    const around = others.find((other) => `${folder}/`.startsWith(`${other}/`));
    if (around)
      refuse(
        "writes",
        `${folder}, which is in ${around}`,
        "folders beside each other",
        `leave ${folder} out`,
      );
  }
  return problems;
}

function valueProblems(
  key: string,
  values: Readonly<Record<string, Value>> = {},
  names: RegExp,
  allowed: string,
): Problem[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const at = `${key}.${name}`;
    if (!names.test(name))
      return [{ key: at, got: quoted(name), allowed, fix: "a name that its reader can ask for" }];
    if (isValue(value)) return [];
    return [
      {
        key: at,
        got: said(value),
        allowed: "a text in quotes, a value of `known`, or text`…` with such values in it",
        fix:
          value === undefined
            ? "a value that `known` has: description/known.ts lists them"
            : `"${String(value)}"`,
      },
    ];
  });
}
