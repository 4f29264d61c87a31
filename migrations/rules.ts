import type { Call, PythonFile } from "./python.ts";
import type { Revision } from "./revisions.ts";
import { isHarmless, isStable } from "./sql.ts";
import type { Node } from "./tree.ts";

export const UNREADABLE = "what it does can't be told from the source";
const REWRITES = "it rewrites the whole table under a lock";
const MORE_SQL = "this SQL may do more than add or read, and only a person can tell";
const LOCKS = "it checks every row under a lock that holds up writers, and fails on rows that don't fit";

/** Arguments of one `op.…` call, found by position or by keyword. */
export interface Operation {
  call: Call;
  revision: Revision;
  argument(position: number, keyword: string): Node | undefined;
  is(keyword: string, value: boolean): boolean;
}

/** Says why the operation may break the running version, unless it does not. */
type Rule = (operation: Operation) => string | false;

const harmless: Rule = () => false;
const always =
  (why: string): Rule =>
  () =>
    why;

const executes: Rule = (operation) => {
  const sql = sqlOf(operation);
  return sql === undefined ? UNREADABLE : !isHarmless(sql) && MORE_SQL;
};

export const rules: Readonly<Record<string, Rule>> = {
  "get_context().autocommit_block": harmless,
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
  create_check_constraint: ({ is }) => !is("postgresql_not_valid", true) && LOCKS,
  create_exclude_constraint: always(LOCKS),
  create_primary_key: always(LOCKS),
  execute: executes,
  "get_bind().execute": executes,
};

export function operationOf(revision: Revision, call: Call): Operation {
  const argument = (position: number, keyword: string) => call.keywords.get(keyword) ?? call.args[position];
  const is = (keyword: string, value: boolean) =>
    revision.python.literal(call.keywords.get(keyword)) === value;
  return { call, revision, argument, is };
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

/** PostgreSQL computes such a default once. For any other it rewrites every row. */
function isConstant(python: PythonFile, node: Node): boolean {
  // SQLAlchemy quotes a text, whatever is in it.
  if (node.name.endsWith("String") || typeof python.literal(node) === "string") return true;
  if (node.name !== "CallExpression") return false;
  if (/^sqlalchemy\.(\w+\.)*(func\.(now|current_timestamp)|true|false)$/.test(python.call(node).name))
    return true;
  const sql = textOf(python, node);
  return sql !== undefined && isStable(sql);
}

function alteredColumn({ revision: { python }, call, is }: Operation): string | false {
  const { keywords } = call;
  if (keywords.has("new_column_name")) return "the running version knows the column by its old name alone";
  if (keywords.has("type_") && !isWidened(python, keywords))
    return "values of the running version may not fit the new type, and it may rewrite the table";
  if (keywords.has("nullable") && !is("nullable", true))
    return "NOT NULL: the running version may still write nothing there, and every row is checked under a lock";
  const usual = keywords.get("server_default");
  if (usual && python.literal(usual) === null) return "the running version's inserts may rely on the default";
  return false;
}

/** PostgreSQL then keeps the rows as they are, unless the operation says how to convert them. */
function isWidened(python: PythonFile, keywords: Call["keywords"]): boolean {
  const [before, after] = ["existing_type", "type_"].map((keyword) =>
    lengthOf(python, keywords.get(keyword)),
  );
  return before !== undefined && after !== undefined && after >= before && !keywords.has("postgresql_using");
}

/** How many characters a type of texts takes. */
function lengthOf(python: PythonFile, node: Node | undefined): number | undefined {
  const list = node?.getChild("ArgList");
  const type = node && list ? `${python.call(node).name}${python.text(list)}` : "";
  const text =
    /\.(?:(?:AutoString|String|Unicode|VARCHAR)\((?:length=)?(\d*)\)|(?:Text|TEXT|UnicodeText)\(\))$/;
  const [found, length] = type.match(text) ?? [];
  return found === undefined ? undefined : Number(length || Number.POSITIVE_INFINITY);
}

export function sqlOf({ revision: { python }, argument }: Operation): string | undefined {
  const node = argument(0, "sqltext") ?? argument(0, "statement");
  const sql = node?.name === "CallExpression" ? textOf(python, node) : python.literal(node);
  return typeof sql === "string" ? sql : undefined;
}

/** What stands in `sa.text("…")`. */
function textOf(python: PythonFile, node: Node): string | undefined {
  const { name, args } = python.call(node);
  const sql = /^sqlalchemy\.(\w+\.)*text$/.test(name) ? python.literal(args[0]) : undefined;
  return typeof sql === "string" ? sql : undefined;
}
