import { type Call, children, find, type Node } from "./python.ts";
import type { Revision } from "./revisions.ts";
import { isHarmless } from "./sql.ts";

/** A step of a migration that the running version may not survive. */
export interface Contraction {
  /** `path:line` */
  place: string;
  operation: string;
  why: string;
}

const OP = "alembic.op.";
const UNREADABLE = "what it does can't be told from the source";
const REWRITES = "it rewrites the whole table under a lock";
const LOCKS = "it checks every row under a lock that holds up writers, and fails on rows that don't fit";

/** Arguments of one `op.…` call, found by position or by keyword. */
interface Operation {
  call: Call;
  revision: Revision;
  argument(position: number, keyword: string): Node | undefined;
  is(keyword: string, value: boolean): boolean;
}

/** Says why the running version may not survive the operation, unless it does. */
type Rule = (operation: Operation) => string | false;

const harmless: Rule = () => false;
const always =
  (why: string): Rule =>
  () =>
    why;

const rules: Readonly<Record<string, Rule>> = {
  "get_context().autocommit_block": harmless,
  get_context: harmless,
  get_bind: harmless,
  create_table: harmless,
  create_table_comment: harmless,
  drop_table_comment: harmless,
  bulk_insert: harmless,
  add_column: addedColumn,
  alter_column: alteredColumn,
  drop_table: always("the running version still reads and writes the table"),
  drop_column: always("the running version still reads and writes the column"),
  drop_constraint: always("the running version may rely on it, for instance in ON CONFLICT"),
  drop_index: always("the running version's queries may be slow without it"),
  rename_table: always("the running version knows the table by its old name alone"),
  create_index: ({ call, is }) =>
    (call.keywords.has("unique") &&
      !is("unique", false) &&
      "the running version may write rows that it refuses") ||
    (!is("postgresql_concurrently", true) &&
      "it holds up writers until it is built; postgresql_concurrently=True in an autocommit_block doesn't"),
  create_foreign_key: ({ is }) => !is("postgresql_not_valid", true) && LOCKS,
  create_unique_constraint: always(LOCKS),
  create_check_constraint: always(LOCKS),
  create_exclude_constraint: always(LOCKS),
  create_primary_key: always(LOCKS),
  execute: ({ revision, argument }) => !isHarmless(sqlOf(revision, argument(0, "sqltext"))) && UNREADABLE,
};

/** Where an operation names its table. */
const tables: Readonly<Record<string, [position: number, keyword: string]>> = {
  ...Object.fromEntries(
    ["create_table", "drop_table", "add_column", "alter_column", "drop_column"].map((name) => [
      name,
      [0, "table_name"],
    ]),
  ),
  ...Object.fromEntries(
    ["create_index", "drop_index", "drop_constraint"]
      .concat(
        ["unique", "check", "exclude"].map((kind) => `create_${kind}_constraint`),
        "create_primary_key",
      )
      .map((name) => [name, [1, "table_name"]]),
  ),
  create_foreign_key: [1, "source_table"],
  rename_table: [0, "old_table_name"],
};

/** What `upgrade()` does to tables that the running version knows; those it makes itself are nobody's yet. */
export function contractions(revision: Revision): Contraction[] {
  const { python, upgrade, path } = revision;
  const made = new Set<string>();
  return effects(upgrade).flatMap((node) => {
    const call = python.call(node);
    const table = tableOf(revision, call);
    const why = table !== undefined && made.has(table) ? unreadable(revision, call) : judge(revision, call);
    if (call.name === `${OP}create_table` && table && isCertain(node, upgrade, call)) made.add(table);
    const operation = python
      .text(node)
      .replace(/\s+/g, " ")
      .replace(/(?<=^.{80}).+/, "…");
    return why ? [{ place: `${path}:${python.line(node)}`, operation, why }] : [];
  });
}

/** Calls that stand for themselves: neither arguments of another, nor what an error is raised with. */
function effects(node: Node): Node[] {
  if (node.name === "RaiseStatement") return [];
  if (node.name === "CallExpression") return [node];
  return children(node).flatMap(effects);
}

function judge(revision: Revision, call: Call): string | false {
  const rule = rules[call.name.replace(OP, "")];
  const isValue = call.name.startsWith("sqlalchemy.") && !call.name.includes("()");
  if (isValue) return unreadable(revision, call);
  if (!call.name.startsWith(OP) || !rule) return UNREADABLE;
  const argument = (position: number, keyword: string) => call.keywords.get(keyword) ?? call.args[position];
  const is = (keyword: string, value: boolean) =>
    revision.python.literal(call.keywords.get(keyword)) === value;
  return unreadable(revision, call) || rule({ call, revision, argument, is });
}

/** Arguments may hold calls as well: values of SQLAlchemy's are no more than that. */
function unreadable({ python }: Revision, { node, isOpen, name }: Call): string | false {
  const list = node.getChild("ArgList");
  const inside = list ? find(list, "CallExpression").map((inner) => python.call(inner).name) : [];
  const isPlain = (inner: string) =>
    inner.startsWith("sqlalchemy.") || inner === `${OP}f` || inner === `${OP}inline_literal`;
  // The columns of a new table are of no concern to the running version, wherever they come from.
  return ((isOpen && name !== `${OP}create_table`) || !inside.every(isPlain)) && UNREADABLE;
}

function tableOf({ python }: Revision, call: Call): string | undefined {
  const [position, keyword] = tables[call.name.replace(OP, "")] ?? [];
  if (position === undefined || keyword === undefined) return undefined;
  const name = python.literal(call.keywords.get(keyword) ?? call.args[position]);
  const schema = call.keywords.get("schema") ?? call.keywords.get("source_schema");
  const within = schema ? python.literal(schema) : "";
  return typeof name === "string" && typeof within === "string" ? `${within}.${name}` : undefined;
}

/** Not when a condition, a loop or an existing table may mean that nothing is made. */
function isCertain(node: Node, upgrade: Node, { keywords }: Call): boolean {
  const statement = node.parent?.parent;
  return statement?.from === upgrade.from && statement.to === upgrade.to && !keywords.has("if_not_exists");
}

function addedColumn({ revision: { python }, argument }: Operation): string | false {
  const node = argument(1, "column");
  if (node?.name !== "CallExpression") return UNREADABLE;
  const column = python.call(node);
  if (!/^sqlalchemy\.(\w+\.)*Column$/.test(column.name) || column.isOpen) return UNREADABLE;

  const flag = (keyword: string) => {
    const value = column.keywords.get(keyword);
    return value ? python.literal(value) : null;
  };
  const flags = ["nullable", "primary_key", "unique", "index"].map(flag);
  if (flags.includes(undefined)) return UNREADABLE;
  const [nullable, primaryKey, unique, index] = flags;
  const parts = column.args.filter(({ name }) => name === "CallExpression");
  const kinds = parts.map((part) => python.call(part).name.split(".").at(-1));
  if (kinds.some((kind) => ["ForeignKey", "CheckConstraint"].includes(kind ?? ""))) return LOCKS;
  if (unique || index) return "its index holds up writers until it is built";
  if (kinds.some((kind) => ["Identity", "Computed"].includes(kind ?? ""))) return REWRITES;
  const usual = column.keywords.get("server_default");
  const hasDefault = usual !== undefined && python.literal(usual) !== null;
  if ((nullable === false || primaryKey) && !hasDefault)
    return "NOT NULL without server_default: the running version's inserts fail, and so do rows that are there";
  return (
    hasDefault && !isConstant(python, usual) && `unless server_default is the same for every row, ${REWRITES}`
  );
}

/** PostgreSQL works out such a default once; for others it writes every row anew. */
function isConstant(python: Revision["python"], node: Node): boolean {
  // SQLAlchemy quotes a text, whatever is in it.
  if (node.name.endsWith("String") || typeof python.literal(node) === "string") return true;
  if (node.name !== "CallExpression") return false;
  if (/^sqlalchemy\.(\w+\.)*(func\.now|true|false)$/.test(python.call(node).name)) return true;
  const sql = textOf(python, node);
  return sql !== undefined && !sql.includes("(");
}

function alteredColumn({ revision: { python }, call, is }: Operation): string | false {
  const { keywords } = call;
  if (keywords.has("new_column_name")) return "the running version knows the column by its old name alone";
  if (keywords.has("type_"))
    return "values of the running version may not fit the new type, and it may rewrite the table";
  if (keywords.has("nullable") && !is("nullable", true))
    return "NOT NULL: the running version may still write nothing there, and every row is checked under a lock";
  const usual = keywords.get("server_default");
  if (usual && python.literal(usual) === null) return "the running version's inserts may rely on the default";
  return false;
}

function sqlOf({ python }: Revision, node: Node | undefined): string {
  const sql = node?.name === "CallExpression" ? textOf(python, node) : python.literal(node);
  return typeof sql === "string" ? sql : "";
}

/** What stands in `sa.text("…")`. */
function textOf(python: Revision["python"], node: Node): string | undefined {
  const { name, args } = python.call(node);
  const sql = /^sqlalchemy\.(\w+\.)*text$/.test(name) ? python.literal(args[0]) : undefined;
  return typeof sql === "string" ? sql : undefined;
}
