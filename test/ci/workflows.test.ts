// The workflows, checked by the tools that others wrote for it, and for what those don't look at.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { commands } from "../../bootstrap/commands.ts";
import { goTool, pythonTools, run } from "../tools.ts";

const repository = dirname(dirname(import.meta.dirname));
const folder = join(repository, ".github", "workflows");
const files = readdirSync(folder);

let actionlint: string;
let python: string;

beforeAll(() => {
  actionlint = goTool("github.com/rhysd/actionlint/cmd/actionlint", "v1.7.12");
  python = pythonTools(
    "workflow-tools",
    readFileSync(join(import.meta.dirname, "workflow-tools.txt"), "utf8"),
  );
}, 1_800_000);

test("actionlint finds nothing", () => {
  expect(run(actionlint, ["-no-color", "-shellcheck", join(python, "shellcheck")])).toEqual({
    status: 0,
    stdout: "",
    stderr: "",
  });
});

test("zizmor finds nothing", () => {
  const zizmor = run(join(python, "zizmor"), ["--offline", "--no-progress", "--quiet", dirname(folder)]);
  expect(zizmor.status, zizmor.stdout + zizmor.stderr).toBe(0);
});

interface Job {
  env?: Record<string, string>;
  strategy?: { matrix: { include: Record<string, string>[] } };
  permissions?: Record<string, string>;
  "timeout-minutes"?: number;
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}

const jobs = files.flatMap((file) => {
  const workflow = parse(readFileSync(join(folder, file), "utf8")) as {
    on: unknown;
    permissions: unknown;
    jobs: Record<string, Job>;
  };
  return Object.entries(workflow.jobs).map(([name, job]) => ({
    title: `${file} ${name}`,
    file,
    workflow,
    job,
  }));
});

describe.each(jobs)("$title", ({ workflow, job }) => {
  test("has no more rights than it names, and a limit", () => {
    expect(workflow.permissions).toEqual({});
    expect(job.permissions).toBeDefined();
    expect(job["timeout-minutes"]).toBeLessThanOrEqual(90);
  });

  test("pins actions by commit, and leaves no token in the checkout", () => {
    for (const { uses, with: options } of job.steps.filter(({ uses }) => uses)) {
      expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      if (uses?.startsWith("actions/checkout@"))
        expect(options).toMatchObject({ "persist-credentials": false });
    }
  });

  test("where a token writes, neither packages nor a pull request's code run", () => {
    if (
      !Object.entries(job.permissions ?? {}).some(([name, right]) => right === "write" && name !== "id-token")
    )
      return;
    const commands = job.steps.flatMap(({ run }) => run ?? []).join("\n");
    expect(commands).toMatch(/^(for|node ci\/post\.ts|image=\$\(bash vm\/publish\.sh)/);
    expect(commands).not.toMatch(/npm|npx|pulumi/);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub's syntax.
    const base = "${{ github.event.pull_request.base.sha }}";
    const references = job.steps.flatMap(({ with: options }) => options?.ref ?? []);
    expect(references.filter((reference) => reference !== base)).toEqual([]);
  });
});

const steps = jobs.flatMap(({ job }) => job.steps);

/** What every use of an action says for this input, each once. */
const inputs = (action: string, input: string): unknown[] => [
  ...new Set(
    steps.filter(({ uses }) => uses?.startsWith(`${action}@`)).map(({ with: options }) => options?.[input]),
  ),
];

test("the Pulumi CLI is the SDK's version", () => {
  const { dependencies } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  expect(inputs("pulumi/actions", "pulumi-version")).toEqual([dependencies["@pulumi/pulumi"] ?? "none"]);
});

test("uv is the image's version", () => {
  const dockerfile = readFileSync(join(repository, "app", "Dockerfile"), "utf8");
  const [, version = "none"] = /\buv==(\S+)/.exec(dockerfile) ?? [];
  expect(inputs("astral-sh/setup-uv", "version")).toEqual([version]);
});

test("what may be required reports on every pull request", () => {
  for (const file of files) {
    expect(readFileSync(join(folder, file), "utf8"), file).not.toMatch(/^\s*paths(-ignore)?:/m);
  }
});

test("what a fork can start sees neither secret nor cloud", () => {
  for (const file of ["plan.yml", "program.yml", "service.yml"]) {
    const text = readFileSync(join(folder, file), "utf8");
    expect(text, file).not.toMatch(/secrets\.|vars\.|id-token|: write/);
  }
  for (const file of files.filter((file) => file !== "vm.yml")) {
    expect(readFileSync(join(folder, file), "utf8")).not.toMatch(/pull_request_target|secrets\./);
  }
});

test("the key to a VM is its environment's, and in the one step that goes there", () => {
  const text = readFileSync(join(folder, "vm.yml"), "utf8");
  expect(text.match(/secrets\.\w+/g)).toEqual(["secrets.VM_SSH_KEY"]);
  const { on, jobs } = parse(text) as {
    on: object;
    jobs: Record<string, { environment?: string; steps: { env?: object }[] }>;
  };
  expect(Object.keys(on)).toEqual(["workflow_dispatch"]);
  expect(jobs.deploy?.environment).toBeDefined();
  expect(JSON.stringify(jobs.deploy?.steps.at(-1)?.env)).toContain("secrets.VM_SSH_KEY");
});

describe("variables", () => {
  const roles = { preview: "", drift: "", deploy: "" };
  const said = commands(
    { owner: "octocat", repository: "orders", ownerId: undefined, repositoryId: undefined },
    {
      region: "eu-central-1",
      bucketName: "state",
      aliasName: "alias/state",
      boundaryArn: "",
      imageRepository: "orders",
      roles: { dev: roles, prod: roles },
    },
  );
  const told = new Set(Array.from(said.matchAll(/gh variable set (\w+)/g), ([, name]) => name));
  const texts = files.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  const indirect = jobs.flatMap(({ job }) => (job.strategy?.matrix.include ?? []).flatMap(Object.values));
  const used = new Set([
    ...Array.from(texts.matchAll(/\bvars\.(\w+)/g), ([, name]) => name),
    ...indirect.filter((value) => /^[A-Z_]+$/.test(value)),
  ]);

  test("are those that bootstrap tells to set, and what is a choice", () => {
    const chosen = ["ALLOW_REPLACEMENT", "RUNNER_DEV", "RUNNER_PROD", "VM_DESTINATION", "VM_KNOWN_HOSTS"];
    expect([...used].sort()).toEqual([...told, ...chosen].sort());
  });

  test("of a stack are its own environment's, which may be in another account", () => {
    const uses = jobs.flatMap(({ job }) => job.strategy?.matrix.include ?? [job.env ?? {}]);
    const stacks = uses.flatMap(({ stack, STACK = stack, ...others }) =>
      STACK ? [{ own: STACK.toUpperCase(), others: Object.values(others).join() }] : [],
    );
    expect(stacks).toHaveLength(7);
    for (const { own, others } of stacks) {
      const suffixes = Array.from(others.matchAll(/_(DEV|PROD)\b/g), ([, name]) => name);
      expect(new Set(suffixes)).toEqual(new Set([own]));
    }
  });
});
