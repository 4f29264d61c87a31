import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrationPlan, migrationProblems } from "../../migrations/check.ts";
import { service } from "../../service.ts";
import { describe as say } from "../../settings/problem.ts";
import { production, settingsWith } from "../checks/settings.ts";
import { alembicIn } from "./alembic.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "versions-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const IMPORTS = "import sqlalchemy as sa\nfrom alembic import op\n";
const header = (id: string, after: string | null) =>
  `${IMPORTS}revision = "${id}"\ndown_revision = ${after === null ? "None" : `"${after}"`}\n`;
const upgrade = (...lines: string[]) =>
  `def upgrade() -> None:\n${lines.map((line) => `    ${line}\n`).join("")}`;
const write = (file: string, content: string) => writeFileSync(join(folder, file), content);
const only = (...lines: string[]) => write("0001_only.py", header("0001", null) + upgrade(...lines));

const found = (acknowledged: string[] = []) =>
  migrationProblems(settingsWith({ migration: { acknowledgedRevisions: acknowledged } }), alembicIn(folder));
const reasons = () => found().flatMap(({ details = [] }) => details);

test("the service's own revisions only expand", () => {
  const { revisions, faults } = migrationPlan(production, service);
  expect(faults).toEqual([]);
  expect(revisions.map(({ id }) => id)).toEqual(expect.arrayContaining(["0001", "0002"]));
  expect(migrationProblems(production, service)).toEqual([]);
});

describe("what may break the running version", () => {
  test.each<[operation: string, why: string]>([
    ['op.drop_table("invoices")', "still reads and writes the table"],
    ['op.drop_column("invoices", "note")', "still reads and writes the column"],
    ['op.drop_constraint("ck", "invoices")', "may rely on it"],
    ['op.drop_index("ix", table_name="invoices")', "slow without it"],
    ['op.rename_table("invoices", "sales")', "by its old name alone"],
    ['op.alter_column("invoices", "note", new_column_name="remark")', "by its old name alone"],
    ['op.alter_column("invoices", "note", type_=sa.String(10))', "may not fit the new type"],
    ...[
      "existing_type=sa.Text(), type_=sa.String(20)",
      "existing_type=sa.String(20), type_=sa.String(10)",
      "existing_type=sa.String(20), type_=sa.String(30, 'C')",
      "existing_type=sa.String(20), type_=sa.String(30), postgresql_using='f(note)'",
      "existing_type=sa.Integer(), type_=sa.BigInteger()",
    ].map((types): [string, string] => [`op.alter_column("invoices", "note", ${types})`, "may not fit"]),
    [
      'op.alter_column("invoices", "note", existing_type=sa.String(1), type_=sa.String(2), nullable=False)',
      "NOT NULL",
    ],
    ['op.alter_column("invoices", "note", nullable=False)', "may still write nothing there"],
    ['op.alter_column("invoices", "note", nullable=strict)', "may still write nothing there"],
    ['op.alter_column("invoices", "note", server_default=None)', "may rely on the default"],
    [
      'op.add_column("invoices", sa.Column("a", sa.Integer, nullable=False))',
      "NOT NULL without server_default",
    ],
    [
      'op.add_column("invoices", sa.Column("a", sa.Integer, nullable=False, server_default=None))',
      "NOT NULL without",
    ],
    [
      'op.add_column("invoices", sa.Column("a", sa.Integer, primary_key=True))',
      "NOT NULL without server_default",
    ],
    [
      'op.add_column("invoices", sa.Column("a", sa.Integer, sa.ForeignKey("b.id")))',
      "checks every row under a lock",
    ],
    ['op.add_column("invoices", sa.Column("a", sa.Integer, index=True))', "holds up writers"],
    ['op.add_column("invoices", sa.Column("a", sa.Integer, sa.Identity()))', "rewrites the whole table"],
    ...[
      'sa.text("gen_random_uuid()")',
      'sa.text("clock_timestamp()")',
      'sa.text("mine.now()")',
      "sa.text(SQL)",
      "sa.func.random()",
      "usual",
    ].map((usual): [string, string] => [
      `op.add_column("invoices", sa.Column("a", sa.Uuid, server_default=${usual}))`,
      "rewrites the whole table",
    ]),
    ['op.create_index("ix", "invoices", ["a"])', "holds up writers until it is built"],
    ['op.create_index("ix", "invoices", ["a"], postgresql_concurrently=False)', "holds up writers"],
    ['op.create_index("ix", "invoices", ["a"], unique=True)', "may write rows that it refuses"],
    ['op.create_unique_constraint("uq", "invoices", ["a"])', "fails on rows that don't fit"],
    ['op.create_foreign_key("fk", "invoices", "customers", ["a"], ["id"])', "fails on rows that don't fit"],
    ['op.create_check_constraint("ck", "invoices", "a > 0")', "fails on rows that don't fit"],
    ['op.create_primary_key("pk", "invoices", ["a"])', "fails on rows that don't fit"],
  ])("%s", (operation, why) => {
    only(operation);
    const place = `${join(folder, "0001_only.py")}:6: ${operation.slice(0, 80)}`;
    expect(reasons()).toEqual([expect.stringContaining(place)]);
    expect(reasons()[0]).toContain(why);
  });

  test.each([
    'op.execute(f"insert into {table} values (1)")',
    "op.execute(SQL)",
    'op.batch_alter_table("invoices")',
    "op.run_async(change)",
    "op.create_view(x)",
    'op.get_bind().execute("select 1").fetchall()',
    'raise op.drop_view("x")',
    'raise RuntimeError(op.drop_table("invoices"))',
    "print(helper())",
    'op.create_table("new", sa.Column("a", drop_everything()))',
    'len = op.get_bind().begin; len("invoices")',
    'op.add_column("invoices", column)',
    'op.add_column("invoices", make_column())',
    'op.add_column("invoices", sa.Column("a", sa.Integer, nullable=strict))',
    'op.add_column("invoices", sa.Column("a", sa.Integer, **options))',
    'op.add_column("invoices", *columns)',
    'op.alter_column("invoices", "note", **changes)',
    "op.bulk_insert(invoices, drop_everything())",
    "helper()",
    "helper(op)",
    'getattr(op, "drop_table")("invoices")',
    'sa.Enum("a", name="e").drop(op.get_bind())',
    'drop("invoices")',
    'lambda: op.drop_table("invoices")',
  ])("%s can't be told from the source, or is refused", (operation) => {
    only(operation);
    expect(reasons()).toHaveLength(1);
    if (!operation.startsWith("lambda")) expect(reasons()[0]).toContain("can't be told from the source");
  });

  test.each([
    "DROP TABLE invoices",
    "select 1; drop table invoices",
    "select remove_everything()",
    "select * into copy from invoices",
    "select * from invoices for update",
    "select * from invoices for no key update",
    "update invoices set note = 1",
    "alter table invoices drop note",
    "insert into invoices select drop_everything()",
    "insert into invoices values (1, drop_everything ())",
    "insert into invoices values (1, 'now'::mine.now())",
    "insert into invoices values (1) on conflict (id) do update set note = 1",
    "insert into invoices values (1) on conflict on constraint pk do update set note = 1",
    "insert into invoices values (1) returning drop_everything(id)",
    "insert into invoices with gone as (delete from lines) select 1",
    "insert into invoices select 1 from lines for share",
    "insert into invoices values ($$ ' $$); drop table invoices; --'",
    "insert into invoices values (1) /* ' */; drop table invoices; --'",
    "create index ix on invoices (note)",
  ])("readable SQL: %s", (sql) => {
    for (const call of ["op", "op.get_bind()"]) {
      only(`${call}.execute(sa.text("${sql}"))`);
      expect(reasons()).toEqual([expect.stringContaining("this SQL may do more than add or read")]);
    }
  });

  test.each([
    'op.create_index("ix", "invoices", ["a"], postgresql_concurrently=True)',
    'op.drop_index("ix", postgresql_concurrently=True)',
    'op.execute("CREATE INDEX CONCURRENTLY ix ON invoices (a)")',
    'op.execute("CREATE UNIQUE INDEX  CONCURRENTLY ix ON invoices (a)")',
    'op.get_bind().execute(sa.text("drop index concurrently ix"))',
    'with op.batch_alter_table("invoices"):\n        op.execute("create index concurrently ix on invoices (a)")',
    'op.create_table("new")\n    op.create_index("ix", "new", ["a"], postgresql_concurrently=True)',
  ])("CONCURRENTLY inside the transaction: %s", (operation) => {
    only(operation);
    expect(reasons().at(-1)).toContain("put it into `with op.get_context().autocommit_block():`");
  });

  test.each([
    'op.drop_table("invoices")',
    'if stale:\n    op.drop_table("invoices")',
    '@op.drop_table("invoices")\ndef helper():\n    pass',
    'def helper(x=op.drop_table("invoices")):\n    pass',
    'class Helper:\n    x = op.drop_table("invoices")',
  ])("outside of upgrade: %s", (source) => {
    write("0001.py", `${header("0001", null)}${source}\n${upgrade("pass")}`);
    expect(reasons()).toHaveLength(1);
  });

  test.each([
    'with op.batch_alter_table("invoices") as batch:\n        batch.drop_column("note")',
    "if flag:\n        op.drop_table('invoices')",
    "for name in names:\n        op.drop_table(name)",
    "try:\n        pass\n    except Exception:\n        op.drop_table('invoices')",
  ])("inside a block: %s", (block) => {
    only(block);
    expect(reasons().length).toBeGreaterThan(0);
  });

  test.each([
    ["import alembic", 'alembic.op.drop_table("invoices")'],
    ["from alembic import op as change", 'change.drop_table("invoices")'],
    ["from alembic import (\n    context,  # for nothing\n    op as o,\n)", 'o.drop_table("invoices")'],
    ["from alembic.op import drop_table", 'drop_table("invoices")'],
    ["from app import Cleanup", 'Cleanup("invoices")'],
    ["from sqlalchemy import event", 'event.listen(table, "before_create", op.drop_table)'],
    ["import alembic\nchange = alembic.op", 'change.drop_table("invoices")'],
  ])("by another name: %s", (imported, operation) => {
    write("0001.py", `${imported}\nrevision = "0001"\ndown_revision = None\n${upgrade(operation)}`);
    expect(reasons()).toHaveLength(1);
  });
});

describe("what the running version survives", () => {
  test.each([
    "pass",
    'op.add_column("invoices", sa.Column("a", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))',
    'op.add_column("invoices", sa.Column("a", sa.Integer))',
    'op.add_column("invoices", sa.Column("a", sa.Integer, nullable=True, server_default=None))',
    'op.add_column("invoices", sa.Column("a", sa.Integer, nullable=False, server_default="0"))',
    'op.add_column("invoices", sa.Column("a", sa.DateTime, nullable=False, server_default=sa.func.now()))',
    ...[
      ...["sa.true()", "sa.false()", "sa.func.current_timestamp()", '"now()"', "USUAL"],
      ...["0", "now()", "CURRENT_TIMESTAMP", "timezone('utc', now())", "'f(x)'::text"].map(
        (sql) => `sa.text("${sql}")`,
      ),
    ].map(
      (usual) =>
        `op.add_column("invoices", sa.Column("a", sa.Text, nullable=False, server_default=${usual}))`,
    ),
    'op.alter_column("invoices", "note", nullable=True)',
    'op.alter_column("invoices", "note", server_default="x", comment="why")',
    'op.create_table("new", sa.Column("a", sa.Integer, nullable=False), *more_columns)',
    'op.create_foreign_key("fk", "invoices", "b", ["a"], ["id"], postgresql_not_valid=True)',
    'op.bulk_insert(sa.table("invoices", sa.column("a")), [{"a": 1}])',
    'op.create_check_constraint("ck", "invoices", "a > 0", postgresql_not_valid=True)',
    ...[
      "existing_type=sa.String(20), type_=sa.String(length=100)",
      "existing_type=sa.VARCHAR(length=20), type_=AutoString(), existing_nullable=False",
      "existing_type=sa.String(), type_=sa.Text(), nullable=True",
    ].map((types) => `op.alter_column("invoices", "note", ${types})`),
    'op.create_table("new", sa.Column("a", sqlmodel.sql.sqltypes.AutoString(length=9), nullable=False))',
    'op.add_column("invoices", sa.Column("a", AutoString(), nullable=True))',
    'print("adding", len("x"))',
    'sa.Enum("a", name="e").create(op.get_bind(), checkfirst=True)',
    'if sa.inspect(op.get_bind()).has_table("invoices"):\n        pass',
    'op.execute("select 1")',
    "op.execute(\"set local lock_timeout = '5s'\")",
    "op.execute(\"create type kind as enum ('a', 'b')\")",
    'op.execute("create extension if not exists vector")',
    "op.execute(SQL)",
    'conn = op.get_bind()\n    conn.execute(sa.text("select 1"))',
    ...[
      "default values",
      "(name) VALUES ('it''s; x()'), ('b') ON CONFLICT (name) DO NOTHING RETURNING id",
      "(id, at) values (gen_random_uuid(), now());",
      "select a, b from lines where (a in (1, 2))",
    ].map((rows) => `op.execute("insert into kinds ${rows}")`),
    'op.execute("INSERT INTO kinds VALUES (1)")',
    "op.execute(sa.text(\"comment on table invoices is 'sold'\"))",
    'op.execute("alter table invoices validate constraint fk")',
    'raise RuntimeError("broken on purpose")',
    'kind = sa.Enum("a", "b")',
    'with op.get_context().autocommit_block():\n        op.create_index(op.f("ix"), "invoices", ["a"], postgresql_concurrently=True)',
    'context = op.get_context()\n    with context.autocommit_block():\n        op.execute("create index concurrently ix on invoices (a)")',
  ])("%s", (operation) => {
    const given = `import sqlmodel\nimport sqlmodel.sql\nfrom sqlmodel.sql.sqltypes import AutoString\nSQL = "select 1"\nUSUAL = "x"\n`;
    write("0001.py", header("0001", null) + given + upgrade(operation));
    expect(found()).toEqual([]);
  });

  test("anything that happens to a table which the same revision makes", () => {
    only(
      'op.create_table("new", sa.Column("a", sa.Integer))',
      'op.create_index("ix", "new", ["a"], unique=True)',
      'op.create_foreign_key("fk", "new", "invoices", ["a"], ["id"])',
      'op.create_check_constraint("ck", "new", "a > 0")',
      'op.alter_column("new", "a", nullable=False)',
    );
    expect(found()).toEqual([]);
  });

  test("but not if it may have been there before", () => {
    only('op.drop_table("t")', 'op.create_table("t")');
    expect(reasons()).toHaveLength(1);
    only("if missing:\n        op.create_table('t')", 'op.drop_column("t", "a")');
    expect(reasons()).toHaveLength(1);
    only('op.create_table("t", if_not_exists=True)', 'op.drop_column("t", "a")');
    expect(reasons()).toHaveLength(1);
    only('op.create_table("t", schema="new")', 'op.drop_column("t", "a")');
    expect(reasons()).toHaveLength(1);
  });
});

describe("a refusal", () => {
  beforeEach(() => {
    write("0001.py", header("0001", null) + upgrade("pass"));
    write(
      "0002.py",
      header("0002", "0001") + upgrade('op.drop_column("invoices", "note")', "op.execute(SQL)"),
    );
    write("0003.py", header("0003", "0002") + upgrade('op.drop_table("invoices")'));
  });

  test("names revision, place, operation, reason and the setting that acknowledges it", () => {
    const path = join(folder, "0002.py");
    expect(found().map(say)[0]).toBe(
      "migrationAcknowledgedRevisions: got revision 0002, which may break the running version; " +
        "allowed: revisions that only expand the schema, or that are acknowledged by their id; " +
        "fix: deploy first a version that can do without, then " +
        "pulumi config set --path 'migrationAcknowledgedRevisions[0]' 0002\n" +
        `      ${path}:6: op.drop_column("invoices", "note"): the running version still reads and writes the column\n` +
        `      ${path}:7: op.execute(SQL): what it does can't be told from the source`,
    );
  });

  test("is one for each revision, and is reversed by acknowledging that one", () => {
    expect(found().map(({ got }) => got.split(",")[0])).toEqual(["revision 0002", "revision 0003"]);
    const [problem, ...more] = found(["0002"]);
    expect(more).toEqual([]);
    expect(problem?.fix).toContain("'migrationAcknowledgedRevisions[1]' 0003");
    expect(found(["0002", "0003"])).toEqual([]);
  });

  test("of an id that is no revision", () => {
    expect(found(["0002", "0003", "4"]).map(say)).toEqual([
      expect.stringMatching(/got "4", which is no revision; allowed: .* "0001", "0002", "0003"/),
    ]);
  });

  test("doesn't hold up a rollback, which runs the pinned image's revisions", () => {
    const digest = `sha256:${"0".repeat(64)}`;
    expect(migrationProblems(settingsWith({ image: { digest } }), alembicIn(folder))).toEqual([]);
  });
});

describe("revisions that can't be read are a clear error", () => {
  const whole = (id: string, after: string | null) => header(id, after) + upgrade("pass");

  test.each<[what: string, files: Record<string, string>, got: string]>([
    ["no revisions", {}, "which holds no revision"],
    ["broken syntax", { "a.py": "revision = (\ndef" }, "a.py:2, which isn't Python that can be read"],
    ["no revision", { "a.py": upgrade("pass") }, "a.py, whose `revision` isn't a text"],
    ["a made-up revision", { "a.py": `revision = make()\n${upgrade("pass")}` }, "a.py, whose `revision`"],
    [
      "a made-up down_revision",
      { "a.py": `revision = "1"\ndown_revision = f"{x}"\n${upgrade("pass")}` },
      "a.py, whose `down_revision` isn't None or texts",
    ],
    ["no upgrade", { "a.py": header("1", null) }, "a.py, which has no function `upgrade`"],
    ...["upgrade = make()", "if x:\n    def upgrade(): pass"].map(
      (source): [string, Record<string, string>, string] => [
        source,
        { "a.py": `${header("1", null)}${source}\n` },
        "has no function `upgrade`",
      ],
    ),
    ...[
      upgrade('op.drop_table("invoices")'),
      "upgrade = make()",
      "if x:\n    def upgrade(): pass",
      "for upgrade in []: pass",
    ].map((source): [string, Record<string, string>, string] => [
      `upgrade and ${source}`,
      { "a.py": `${header("1", null)}${upgrade("pass")}${source}\n` },
      "or more than one",
    ]),
    [
      "a decorated upgrade",
      { "a.py": `${header("1", null)}@op.drop_table("x")\n${upgrade("pass")}` },
      "or a decorated one",
    ],
    [
      "a revision that changes",
      { "a.py": `${header("1", null)}if x:\n    down_revision = "0"\n${upgrade("pass")}` },
      "a.py, whose `down_revision`",
    ],
    ...[
      "sa = op",
      "sa.op = op",
      'sa.__dict__["op"] = op',
      "sa: object = op",
      "x, (sa, y) = z",
      "(sa := op)",
      "sa += op",
      "del sa",
      "global sa",
      "import other as sa",
      "def sa(): pass",
      "class sa: pass",
      "def f(sa, x=1): pass",
      "lambda *sa: 1",
      "for sa in [op]: pass",
      "[sa.drop_table() for x in [op] for sa in [x]]",
      "with op.get_context() as sa: pass",
      "try:\n        pass\n    except Error as sa:\n        pass",
      "match op:\n        case {'x': [sa]}: pass",
    ].map((source): [string, Record<string, string>, string] => [
      source,
      { "a.py": header("1", null) + upgrade(source) },
      "which leaves open what `sa` stands for",
    ]),
    [
      "names that can't be seen",
      { "a.py": `from sqlalchemy import *\n${header("1", null)}${upgrade("pass")}` },
      "a.py:1, which leaves open what `*` stands for",
    ],
    ["a gap", { "a.py": whole("1", null), "b.py": whole("3", "2") }, "b.py, which follows 2: not a revision"],
    ["a revision twice", { "a.py": whole("1", null), "b.py": whole("1", null) }, "another file has too"],
    ["two first ones", { "a.py": whole("1", null), "b.py": whole("2", null) }, "2 first revisions: 1, 2"],
    [
      "two heads",
      { "a.py": whole("1", null), "b.py": whole("2", "1"), "c.py": whole("3", "1") },
      "with 2 heads: 2, 3",
    ],
    ["a ring", { "a.py": whole("1", "2"), "b.py": whole("2", "1") }, "with 0 first revisions"],
  ])("%s", (_, files, got) => {
    for (const [file, content] of Object.entries(files)) write(file, content);
    const messages = found().map(say);
    expect(messages.join("\n")).toContain(got);
    expect(messages[0]).toMatch(/^app's migrations: got .*; allowed: .*; fix: /);
  });

  test("a folder that isn't there", () => {
    expect(migrationProblems(production, alembicIn(join(folder, "none")))[0]?.got).toContain(
      "which doesn't exist",
    );
  });

  test("merged branches, annotations and hidden files are none", () => {
    write("a.py", whole("1", null));
    write("b.py", whole("2", "1"));
    write("c.py", whole("3", "1"));
    write("d.py", `revision: str = "4"\ndown_revision: tuple[str, ...] = ("2", "3")\n${upgrade("pass")}`);
    write("__init__.py", "");
    write(".#a.py", "what an editor leaves");
    expect(found()).toEqual([]);
  });
});
