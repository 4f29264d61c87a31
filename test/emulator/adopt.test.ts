// Somebody adopts the project for a service of another layout, and makes the mistakes that no preview can see.
import { spawn } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { get, instance, kubectl, onFreshEmulator } from "./machine.ts";

const repository = dirname(dirname(import.meta.dirname));
const notSource = /^(\.git|node_modules|plan-output|\.venv|__pycache__|\..*_cache)$/;
const isSource = (path: string) => !notSource.test(basename(path));

const project = mkdtempSync(join(tmpdir(), "fastapi-eks-adopted-"));
cpSync(repository, project, { recursive: true, filter: isSource });
symlinkSync(join(repository, "node_modules"), join(project, "node_modules"));

onFreshEmulator();
afterAll(() => rmSync(project, { recursive: true }));

/** Runs what an npm script of the adopted project runs. */
function npm(...args: string[]): Promise<{ code: number | null; output: string }> {
  const { FASTAPI_EKS_EMULATOR_PROGRAM, ...others } = process.env;
  const env = { ...others, FASTAPI_EKS_EMULATOR_INSTANCE: instance };
  const child = spawn(process.execPath, ["emulator/cli/main.ts", ...args], { cwd: project, env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk;
    });
  }
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

const up = () => npm("pulumi", "up", "--yes", "--skip-preview", "--suppress-outputs");

function edit(file: string, from: string | RegExp, to: string): void {
  const before = readFileSync(join(project, file), "utf8");
  const after = before.replace(from, to);
  if (after === before) throw new Error(`the edit of ${file} changed nothing`);
  writeFileSync(join(project, file), after);
}

/** The line of service.ts that says it. */
function place(text: string): string {
  const lines = readFileSync(join(project, "service.ts"), "utf8").split("\n");
  return `service.ts:${lines.findIndex((line) => line.includes(text)) + 1}`;
}

/** Files that the adopted project has and the repository hasn't, or has with another content. */
function touched(folder = ""): string[] {
  return readdirSync(join(project, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!isSource(path)) return [];
    if (entry.isDirectory()) return touched(path);
    const original = statSync(join(repository, path), { throwIfNoEntry: false });
    const isSame = original && readFileSync(join(repository, path)).equals(readFileSync(join(project, path)));
    return isSame ? [] : [path];
  });
}

test("npm start brings it up: the migration first, and the request of its description is answered", async () => {
  const own = "test/adopt";
  cpSync(join(repository, own, "shop"), join(project, "shop"), { recursive: true, filter: isSource });
  const service = readFileSync(join(repository, own, "service.ts"), "utf8");
  writeFileSync(join(project, "service.ts"), service.replaceAll("../../description/", "./description/"));
  expect(touched().filter((file) => !file.startsWith("shop/"))).toEqual(["service.ts"]);

  const { code, output } = await npm("start");
  expect(code, output).toBe(0);
  expect(output).toContain("POST /products");
  expect(output).toContain('{"name":"Lamp","price_cents":4900,"stock":0,"id":1}');

  const [job] = get("jobs", "-n", "shop").items;
  expect(job.spec.template.spec.containers[0].args).toEqual(["alembic", "upgrade", "head"]);
  const pods = get("pods", "-n", "shop", "-l", "app.kubernetes.io/name=shop").items;
  expect(pods).toHaveLength(2);
  for (const { metadata } of pods) {
    expect(Date.parse(metadata.creationTimestamp)).toBeGreaterThanOrEqual(
      Date.parse(job.status.completionTime),
    );
  }
});

describe("a mistake that no preview sees: up says the cause, and the line to change", () => {
  beforeAll(() => {
    edit("Pulumi.dev.yaml", /$/, "  fastapi-eks:migrationBackoffLimit: 0\n");
    // A rollout that fails waits for as long as a new node may take. Nothing here waits for one.
    edit("components/app.ts", /const timeout = `.*`/, "const timeout = `45s`");
  });

  const command = '["uvicorn", "shop.main:app", "--host", "0.0.0.0", "--port", "8080"]';

  test.each([
    {
      mistake: "a migration that the image doesn't have",
      change: ["service.ts", '["alembic", "upgrade"', '["alembicx", "upgrade"'],
      says: ["alembicx", 'migrations.command: got "alembicx", which isn\'t in the image'],
    },
    {
      mistake: "a command that the image doesn't have",
      change: ["service.ts", '"uvicorn"', '"uvicornx"'],
      says: ["uvicornx", 'serve: got "uvicornx", which isn\'t in the image'],
    },
    {
      mistake: "a port where nothing listens, behind a shell",
      change: [
        "service.ts",
        command,
        '["sh", "-c", "exec uvicorn shop.main:app --host 0.0.0.0 --port 8000"]',
      ],
      says: ["http: {", "http.port: got 8080, while the service listens at 8000"],
    },
    {
      mistake: "a path that the service doesn't answer",
      change: ["service.ts", '"/health"', '"/healthz"'],
      says: ["http: {", "http.liveness: got /healthz, which the service answers with 404"],
    },
    {
      mistake: "an image that writes to its root folder",
      change: ["shop/src/shop/main.py", "\napp =", '\nopen("/srv/shop/started", "w")\n\napp ='],
      says: ["name:", "writes: got nothing that holds /srv/shop/started, where the service writes"],
    },
  ])("$mistake", async ({ change: [file = "", from = "", to = ""], says: [line = "", message] }) => {
    const before = readFileSync(join(project, file), "utf8");
    edit(file, from, to);
    const { code, output } = await up();
    expect(code, output).not.toBe(0);
    expect(output).toContain(`${place(line)} ${message}`);
    writeFileSync(join(project, file), before);
  });
});

test("after them, the next up recovers without a manual step", async () => {
  const { code, output } = await up();
  expect(code, output).toBe(0);
});

test("a rollback over a migration leaves the newer schema alone, though the service knows of none", async () => {
  const [before = ""] = images();
  writeFileSync(
    join(project, "shop/alembic/versions/a1b2c3d4e5f6_colour.py"),
    `import sqlalchemy as sa
from alembic import op

revision = "a1b2c3d4e5f6"
down_revision = "8d3e5b60c7f2"


def upgrade():
    op.add_column("products", sa.Column("colour", sa.Text))
`,
  );
  const forth = await up();
  expect(forth.code, forth.output).toBe(0);
  expect(images()).not.toContain(before);

  edit("Pulumi.dev.yaml", /$/, `  fastapi-eks:imageDigest: ${before.split("@")[1]}\n`);
  const back = await up();
  expect(back.code, back.output).toBe(0);
  expect(new Set(images())).toEqual(new Set([before]));
  expect(kubectl("logs", "-n", "shop", "-l", "app.kubernetes.io/name=shop-migration")).toContain(
    "The database is at revision a1b2c3d4e5f6, which this image doesn't know. The schema is left alone.",
  );
});

/** What the pods run that aren't on their way out. */
const images = (): string[] =>
  get("pods", "-n", "shop", "-l", "app.kubernetes.io/name=shop")
    .items.filter(({ metadata }: { metadata: { deletionTimestamp?: string } }) => !metadata.deletionTimestamp)
    .map(({ spec }: { spec: { containers: { image: string }[] } }) => spec.containers[0]?.image);
