// The scripts as the workflows run them, with a `pulumi` that plays a recorded preview and an API of our own.
import { spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { cases } from "./cases.ts";
import { bot, startGitHub } from "./github-server.ts";

const ci = join(dirname(dirname(import.meta.dirname)), "ci");
const sha = "0123456789abcdef0123456789abcdef01234567";

let folder: string;
let github: Awaited<ReturnType<typeof startGitHub>>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fastapi-eks-ci-"));
  github = await startGitHub([
    { number: 6, head: { sha: "another", label: "octocat:main" } },
    { number: 7, head: { sha, label: "octocat:topic" } },
  ]);
});

afterEach(() => {
  github.stop();
  rmSync(folder, { recursive: true });
});

const file = (name: string): string => join(folder, name);

type Result = Promise<{ code: number | null; output: string }>;

const node = (script: string, ...args: string[]): Result =>
  run(process.execPath, [join(ci, script), ...args], folder, {
    PATH: [folder, process.env.PATH].join(delimiter),
  });

function run(command: string, args: string[], cwd: string, environment: NodeJS.ProcessEnv): Result {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...github.environment, ...environment } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

/** Puts a `pulumi` on PATH that says what the real one said, and how it was called. */
function play(name: keyof typeof cases): void {
  const fixture = readFileSync(join(import.meta.dirname, "fixtures", `${name}.json`), "utf8");
  const { exitCode, digest } = JSON.parse(fixture);
  writeFileSync(file("digest.json"), JSON.stringify(digest));
  writeFileSync(file("pulumi"), `#!/bin/sh\necho "$@" > called\ncat digest.json\nexit ${exitCode}\n`);
  chmodSync(file("pulumi"), 0o755);
}

describe("promote.ts", () => {
  const [ran, handed] = ["a", "b"].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];

  /** A `pulumi` that knows a stack's settings and outputs, and keeps what it is told to set. */
  function stackWith(settings: Record<string, string>, outputs: Record<string, string>): void {
    const config = Object.entries(settings).map(([name, value]) => [`fastapi-eks:${name}`, { value }]);
    writeFileSync(file("config.json"), JSON.stringify(Object.fromEntries(config)));
    writeFileSync(file("outputs.json"), JSON.stringify(outputs));
    const script =
      'case "$1 $2" in "config --json") cat config.json;; "stack output") cat outputs.json;; ' +
      '"config set") echo "$@" > called;; *) exit 1;; esac';
    writeFileSync(file("pulumi"), `#!/bin/sh\n${script}\n`);
    chmodSync(file("pulumi"), 0o755);
  }

  const called = () => (existsSync(file("called")) ? readFileSync(file("called"), "utf8") : undefined);
  const shared = { imageRepository: "orders" };
  const outputs = { imageReference: `account.example/orders@${ran}` };

  test.each([
    [
      "the digest that is handed over",
      shared,
      outputs,
      [handed],
      `config set imageDigest ${handed} --stack prod\n`,
    ],
    ["what it runs, when none is", shared, outputs, [], `config set imageDigest ${ran} --stack prod\n`],
    ["nothing, before it runs any", shared, {}, [], undefined],
    ["its own build, without a shared repository", {}, outputs, [handed], undefined],
    ["what its file pins", { ...shared, imageDigest: ran }, outputs, [handed], undefined],
  ])("a stack gets %s", async (_, settings, said, args, expected) => {
    stackWith(settings, said);
    expect(await node("promote.ts", "prod", ...args)).toMatchObject({ code: 0 });
    expect(called()).toBe(expected);
  });

  test("an unknown stack is an error", async () => {
    writeFileSync(file("pulumi"), "#!/bin/sh\necho no stack named prod >&2\nexit 255\n");
    chmodSync(file("pulumi"), 0o755);
    const { code, output } = await node("promote.ts", "prod", handed);
    expect(code).not.toBe(0);
    expect(output).toContain("no stack named prod");
  });
});

describe("check.ts", () => {
  test.each([
    ["no-change", [], 0, "nothing changes"],
    ["other-cidr", [], 1, "The firewall stops this (9)"],
    ["other-cidr", ["--allow-replacement"], 0, "to replace"],
    ["wrong-setting", ["--allow-replacement"], 1, "the preview failed"],
  ] as const)("%s %j: exit code %i, and a comment", async (name, flags, code, said) => {
    play(name);
    expect(await node("check.ts", "dev", "comment.md", ...flags)).toMatchObject({ code });
    expect(readFileSync(file("comment.md"), "utf8")).toContain(said);
    expect(readFileSync(file("called"), "utf8")).toBe("preview --json --non-interactive --stack dev\n");
  });

  test("hands on what it looked at, and stops when that has changed since", async () => {
    play("other-history");
    const outputs = file("outputs");
    const check = (...args: string[]) =>
      run(process.execPath, [join(ci, "check.ts"), "dev", "comment.md", ...args], folder, {
        PATH: [folder, process.env.PATH].join(delimiter),
        GITHUB_OUTPUT: outputs,
      });
    expect(await check()).toMatchObject({ code: 0 });
    const [, plan = ""] = /^plan=([0-9a-f]{64})\n$/.exec(readFileSync(outputs, "utf8")) ?? [];
    expect(await check("--expect", plan)).toMatchObject({ code: 0 });
    rmSync(outputs);
    play("other-kubeconfig");
    const { code, output } = await check("--expect", plan);
    expect(code).toBe(1);
    expect(output).toContain("dev would not change as it was looked at");
    // Nothing goes on from what wasn't agreed to.
    expect(existsSync(outputs)).toBe(false);
    expect(readFileSync(file("comment.md"), "utf8")).toContain("to update");
  });

  test("its log names what it stops, and how to permit it", async () => {
    play("database-replaced");
    const { output } = await node("check.ts", "dev", "comment.md");
    const urn = /--allow '(.*)'/.exec(output)?.[1] as string;
    expect(await node("check.ts", "dev", "comment.md", "--allow", urn)).toMatchObject({ code: 0 });
  });
});

describe("drift.ts", () => {
  test("writes a report only if there is something to report", async () => {
    play("no-change");
    await node("drift.ts", "dev", "drift.md");
    expect(existsSync(file("drift.md"))).toBe(false);
    play("other-history");
    await node("drift.ts", "dev", "drift.md");
    expect(readFileSync(file("drift.md"), "utf8")).toContain("1 to update");
    expect(readFileSync(file("called"), "utf8")).toContain("--refresh");
  });
});

describe("post.ts preview", () => {
  test("writes one comment for each stack, and rewrites it", async () => {
    for (const text of ["first", "second"]) {
      writeFileSync(file("comment.md"), text);
      for (const stack of ["dev", "prod"]) {
        expect(await node("post.ts", "preview", "7", stack, "comment.md")).toMatchObject({ code: 0 });
      }
    }
    const run = "[The run](https://github.example/acme/orders/actions/runs/42)";
    expect(github.items.map(({ body }) => body)).toEqual([
      `<!-- fastapi-eks preview dev -->\nsecond\n\n${run}`,
      `<!-- fastapi-eks preview prod -->\nsecond\n\n${run}`,
    ]);
  });

  test("finds its comment on a later page, and leaves alone what others wrote", async () => {
    for (let index = 0; index < 150; index++) github.add("x");
    const forged = github.add("<!-- fastapi-eks preview dev -->", { login: "octocat" });
    const own = github.add("<!-- fastapi-eks preview dev -->\nold", bot);
    writeFileSync(file("comment.md"), "new");
    await node("post.ts", "preview", "7", "dev", "comment.md");
    expect(own.body).toContain("new");
    expect(forged.body).not.toContain("new");
    expect(github.items).toHaveLength(152);
  });

  test("says so when there is no preview", async () => {
    await node("post.ts", "preview", "7", "dev", "missing.md");
    expect(github.items[0]?.body).toContain("`dev`: there is no preview");
  });

  test("fails with GitHub's answer", async () => {
    github.environment.GITHUB_TOKEN = "expired";
    const { code, output } = await node("post.ts", "preview", "7", "dev", "missing.md");
    expect(code).not.toBe(0);
    expect(output).toContain("GET issues/7/comments?per_page=100&page=1: 404");
  });
});

describe("post.ts plan", () => {
  const plan = (branch: string, commit = sha) => node("post.ts", "plan", "octocat", branch, commit, ".");

  test("finds the pull request by its commit, and posts the text without its teeth", async () => {
    writeFileSync(file("dev.md"), "### Plan\n@octocat [x](https://evil.example)");
    expect(await plan("topic")).toMatchObject({ code: 0 });
    expect(github.items).toHaveLength(1);
    expect(github.items[0]?.body).toMatch(
      /^<!-- fastapi-eks plan dev -->\n_Made without credentials.* at 0123456\._/,
    );
    expect(github.items[0]?.body).not.toMatch(/@octocat|\]\(https/);
  });

  test("writes one comment for each stack, and none for other files", async () => {
    for (const name of ["dev", "prod", "other"]) writeFileSync(file(`${name}.md`), `plan of ${name}`);
    await plan("topic");
    expect(github.items.map(({ body }) => body.match(/plan of .*/)?.[0])).toEqual([
      "plan of dev",
      "plan of prod",
    ]);
  });

  test.each([
    ["a branch that has gone on", "topic", "an older commit"],
    ["somebody else's branch", "main", sha],
    ["no such branch", "topic&head=octocat:main", sha],
  ])("posts nothing for %s", async (_, branch, commit) => {
    writeFileSync(file("dev.md"), "text");
    expect(await plan(branch, commit)).toMatchObject({ code: 0 });
    expect(github.items).toEqual([]);
  });

  test("an artifact that links to a file of the runner's is no plan", async () => {
    writeFileSync(file("secret"), "secret");
    symlinkSync(file("secret"), file("dev.md"));
    expect((await plan("topic")).output).toContain("left no plan of dev");
    expect(github.items).toEqual([]);
  });

  test("a plan that is too long is cut", async () => {
    writeFileSync(file("dev.md"), "@".repeat(70_000));
    await plan("topic");
    expect(github.items[0]?.body.length).toBeLessThanOrEqual(65_536);
  });
});

describe("post.ts drift", () => {
  function report(stack: string, text: string): void {
    mkdirSync(file("reports"), { recursive: true });
    writeFileSync(file(`reports/drift-${stack}.md`), text);
  }

  test("opens one issue, rewrites it, and closes it when nothing differs any more", async () => {
    // No stack differs, no artifact, no folder.
    expect(await node("post.ts", "drift", "reports")).toMatchObject({ code: 0 });
    expect(github.items).toEqual([]);

    report("dev", "dev differs");
    await node("post.ts", "drift", "reports");
    report("prod", "prod differs");
    await node("post.ts", "drift", "reports");
    expect(github.items).toHaveLength(1);
    expect(github.items[0]).toMatchObject({
      state: "open",
      title: "What is deployed differs from the program",
    });
    expect(github.items[0]?.body).toMatch(/dev differs\n\nprod differs/);

    rmSync(file("reports"), { recursive: true });
    await node("post.ts", "drift", "reports");
    expect(github.items).toMatchObject([{ state: "closed" }]);
  });
});

describe("what reaches another job", () => {
  interface Step {
    uses?: string;
    run?: string;
    with: Record<string, string>;
  }

  /** Lays down the artifacts of these stacks as the actions do, and runs the step that posts them. */
  async function post(workflow: string, stacks: string[]): Result {
    const text = readFileSync(join(dirname(ci), ".github", "workflows", workflow), "utf8");
    const { jobs } = parse(text) as { jobs: Record<string, { steps: Step[] }> };
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    const inputs = (action: string) => steps.find(({ uses }) => uses?.startsWith(action))?.with ?? {};
    const [upload, download] = [inputs("actions/upload-artifact@"), inputs("actions/download-artifact@")];
    for (const stack of stacks) {
      const fill = (text = "") =>
        text.replace(/\$\{\{ matrix.stack }}/, stack).replace(/\$\{\{ runner.temp }}/, folder);
      // Since version 5, a single one gets no folder of its own (actions/download-artifact#419).
      const isFlat = download["merge-multiple"] || stacks.length === 1;
      const target = join(fill(download.path), isFlat ? "" : fill(upload.name));
      mkdirSync(target, { recursive: true });
      writeFileSync(join(target, fill(upload.path)), `text of ${stack}`);
    }
    const script = steps.find(({ run }) => run?.includes("ci/post.ts"))?.run ?? "";
    return run("bash", ["-e", "-c", script], dirname(ci), { RUNNER_TEMP: folder, PULL_REQUEST: "7" });
  }

  const texts = () =>
    github.items.map(({ body }) => body.match(/text of \w+|there is no preview/g)?.join(", "));

  test.each([
    [[], ["there is no preview", "there is no preview"]],
    [["dev"], ["text of dev", "there is no preview"]],
    [["prod"], ["there is no preview", "text of prod"]],
    [
      ["dev", "prod"],
      ["text of dev", "text of prod"],
    ],
  ])("previews of %j", async (stacks, comments) => {
    expect(await post("preview.yml", stacks)).toMatchObject({ code: 0 });
    expect(texts()).toEqual(comments);
  });

  test.each([
    [[], []],
    [["prod"], ["text of prod"]],
    [["dev", "prod"], ["text of dev, text of prod"]],
  ])("drift of %j", async (stacks, issues) => {
    expect(await post("drift.yml", stacks)).toMatchObject({ code: 0 });
    expect(texts()).toEqual(issues);
  });
});
