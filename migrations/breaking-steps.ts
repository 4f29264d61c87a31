import type { Call } from "./python.ts";
import type { Revision } from "./revisions.ts";
import { type Operation, operationOf, rules, sqlOf, UNREADABLE } from "./rules.ts";
import { isConcurrent } from "./sql.ts";
import { children, find, type Node } from "./tree.ts";

/** A step of a migration that may break the running version. */
export interface BreakingStep {
  /** `path:line` */
  place: string;
  operation: string;
  why: string;
}

const OP = "alembic.op.";
const IN_TRANSACTION =
  "PostgreSQL refuses CONCURRENTLY inside the migration's transaction: put it into " +
  "`with op.get_context().autocommit_block():`";

/** These calls make, read or print a value. They leave the running version's tables alone. */
const VALUES = [
  // An event's listeners run with operations that may be harmless by themselves.
  /^(sqlalchemy(?!\.event)|datetime|decimal|json|logging|uuid)\.[\w.]+$/,
  /^(sqlalchemy\.inspect|logging\.getLogger)\(\)\.\w+$/,
  // A column's type in another kind of database.
  /^sqlalchemy(\.\w+)+\(\)\.with_variant$/,
  /^alembic\.op\.(f|inline_literal|get_bind|get_context)$/,
  // Every built-in name with a capital is an exception.
  /^builtins\.([A-Z]\w*|enumerate|len|print|range|str|zip)$/,
  // A new type of the database's, which the running version doesn't know.
  /^sqlalchemy\.(\w+\.)*(Enum|ENUM)\(\)\.create$/,
];
/** An imported class, recognized by its capital. As an argument of an operation it is a column's type. */
const CLASS = /^(?!\?|builtins\.|alembic\.op\.)[\w.]+\.[A-Z]\w*$/;

/** Where an operation names its table. */
const tables: Readonly<Record<string, [position: number, keyword: string]>> = {
  ...Object.fromEntries(
    ["create_table", "drop_table", "add_column", "alter_column", "drop_column"].map((name) => [
      name,
      [0, "table_name"],
    ]),
  ),
  ...Object.fromEntries(
    ["create_index", "drop_constraint"]
      .concat(
        ["unique", "check", "exclude"].map((kind) => `create_${kind}_constraint`),
        "create_primary_key",
      )
      .map((name) => [name, [1, "table_name"]]),
  ),
  create_foreign_key: [1, "source_table"],
  rename_table: [0, "old_table_name"],
};

/** What `upgrade()` does to tables that the running version knows. Nobody uses those that it makes itself. */
export function breakingSteps(revision: Revision): BreakingStep[] {
  const { python, upgrade, path } = revision;
  const made = new Set<string>();
  return [...effects(python.root), ...effects(upgrade)].flatMap((node) => {
    const call = python.call(node);
    const table = tableOf(revision, call);
    const isNew = table !== undefined && made.has(table);
    const operation = operationOf(revision, call);
    const why = needsAutocommit(operation) || (isNew ? unreadable(revision, call) : judge(operation));
    if (call.name === `${OP}create_table` && table && isCertain(node, upgrade, call)) made.add(table);
    const source = python
      .text(node)
      .replace(/\s+/g, " ")
      .trim()
      .replace(/(?<=^.{80}).+/, "…");
    return why ? [{ place: `${path}:${python.line(node)}`, operation: source, why }] : [];
  });
}

/** Calls that aren't arguments of another call. A function's body counts where the function is called. */
function effects(node: Node): Node[] {
  if (node.name === "CallExpression" || node.name === "Decorator") return [node];
  return children(node)
    .filter(({ name }) => node.name !== "FunctionDefinition" || name !== "Body")
    .flatMap(effects);
}

function judge(operation: Operation): string | false {
  const { call, revision } = operation;
  if (VALUES.some((value) => value.test(call.name))) return unreadable(revision, call);
  const rule = rules[call.name.replace(OP, "")];
  if (!call.name.startsWith(OP) || !rule) return UNREADABLE;
  return unreadable(revision, call) || rule(operation);
}

/** Arguments may be calls too. Those only make values. */
function unreadable({ python }: Revision, { node, isOpen, name }: Call): string | false {
  const isOperation = name.startsWith(OP);
  const list = node.getChild("ArgList");
  const inside = list ? find(list, "CallExpression").map((inner) => python.call(inner).name) : [];
  const isPlain = (inner: string) =>
    VALUES.some((value) => value.test(inner)) || (isOperation && CLASS.test(inner));
  // The columns of a new table are of no concern to the running version, wherever they come from.
  const isHidden = isOpen && isOperation && name !== `${OP}create_table`;
  return (isHidden || !inside.every(isPlain)) && UNREADABLE;
}

function needsAutocommit(operation: Operation): string | false {
  const isAsked = operation.is("postgresql_concurrently", true) || isConcurrent(sqlOf(operation) ?? "");
  return isAsked && !isInAutocommit(operation, operation.call.node) && IN_TRANSACTION;
}

function isInAutocommit(operation: Operation, node: Node): boolean {
  const { python } = operation.revision;
  const opened = node.name === "WithStatement" ? node.getChildren("CallExpression") : [];
  return (
    opened.some((call) => python.call(call).name === `${OP}get_context().autocommit_block`) ||
    (node.parent !== null && isInAutocommit(operation, node.parent))
  );
}

function tableOf({ python }: Revision, call: Call): string | undefined {
  const [position, keyword] = tables[call.name.replace(OP, "")] ?? [];
  if (position === undefined || keyword === undefined) return undefined;
  const name = python.literal(call.keywords.get(keyword) ?? call.args[position]);
  const schema = call.keywords.get("schema") ?? call.keywords.get("source_schema");
  const within = schema ? python.literal(schema) : "";
  return typeof name === "string" && typeof within === "string" ? `${within}.${name}` : undefined;
}

/** False where a condition, a loop or an existing table may keep it from making anything. */
function isCertain(node: Node, upgrade: Node, { keywords }: Call): boolean {
  const statement = node.parent?.parent;
  return statement?.from === upgrade.from && statement.to === upgrade.to && !keywords.has("if_not_exists");
}
