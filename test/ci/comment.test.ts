import { describe, expect, test } from "vitest";
import { LONGEST, render } from "../../ci/comment.ts";
import { judge } from "../../ci/firewall.ts";
import { code, untrusted } from "../../ci/markdown.ts";
import { readPreview, type Step } from "../../ci/preview.ts";
import type { cases } from "./cases.ts";
import { recorded } from "./recorded.ts";

function comment(name: keyof typeof cases): string {
  const preview = recorded(name);
  return render(preview, judge(preview.steps, { replacement: false, urns: [] }));
}

const summaries = (text: string): string[] =>
  [...text.matchAll(/<summary>(.*?)</g)].map(([, title]) => title ?? "");

test("nothing changes: it says so, in one line", () => {
  expect(comment("no-change")).toBe("### `dev`: nothing changes");
});

test("a change: old and new value, folded", () => {
  expect(comment("other-history")).toBe(`### \`dev\`: 1 to update

<details><summary>1 to update</summary>

| resource | type | changes |
|-|-|-|
| \`app-deployment\` | \`kubernetes:apps/v1:Deployment\` | \`spec.revisionHistoryLimit\`: \`3\` → \`5\` |

</details>`);
});

test("what is lost comes first, with the firewall's reasons", () => {
  const text = comment("database-renamed");
  expect(text).toMatch(/^### `dev`: 13 to delete, 5 to replace, 4 to update, 13 to create\n\n> \[!CAUTION\]/);
  expect(text).toContain("> - `database-postgres` would be deleted: its data is lost but for snapshots");
  expect(summaries(text)).toEqual(["13 to delete", "5 to replace", "4 to update", "13 to create"]);
  expect(text).toContain("<details open><summary>13 to delete");
  expect(comment("other-cidr")).toContain("**replaces** `cidrBlock`: `10.1.0.0/16` → `10.9.0.0/16`");
});

test("a failed preview: Pulumi's own words", () => {
  const text = comment("wrong-setting");
  expect(text).toMatch(
    /^### `dev`: the preview failed\n\n```text\nerror: Settings of this stack that are wrong: 1\n/,
  );
  expect(text).toContain("the nearest is databasePoolSize");
});

test.each([
  ["no JSON at all", "", "error: no credentials", "error: no credentials"],
  ["nothing but an exit code", "", "", "pulumi exited with 255"],
  ["colours", '{"diagnostics":[{"severity":"error","message":"\\u001b[31mred\\u001b[0m"}]}', "", "red"],
])("a failed preview with %s", (_, output, log, error) => {
  expect(readPreview("dev", 255, output, log).error).toBe(error);
});

test("a replacement names its reason, also where no input changes", () => {
  const replaced: Step = { ...step(1, "old"), op: "replace", detailedDiff: {}, replaceReasons: ["arn"] };
  expect(render({ stack: "dev", steps: [replaced] }, [])).toContain("| **replaces** `arn` |");
});

test("what is neither of the four is named as well", () => {
  const text = render({ stack: "dev", steps: [{ ...step(1), op: "import" }] }, []);
  expect(text).toMatch(/^### `dev`: 1 to change otherwise\n/);
  expect(summaries(text)).toEqual(["1 to change otherwise"]);
});

test("an empty diff is none: the inputs are compared", () => {
  const updated: Step = { ...step(1, "new"), detailedDiff: {} };
  expect(render({ stack: "dev", steps: [updated] }, [])).toContain("| `key`: `old` → `new` |");
});

test("no credential of the preview stands in it", () => {
  const text = comment("secrets-in-clear");
  expect(text).toContain("`orders-settings` holds in plain text: data.APP");
  expect(text).not.toContain("correct-horse");
});

describe("a credential that was in plain text isn't published by its repair", () => {
  const variable = (value: object) => ({
    spec: { template: { spec: { containers: [{ env: [{ name: "LEVEL", value: "info" }, value] }] } } },
  });
  const env = "spec.template.spec.containers[0].env[1].value";

  test.each<[type: string, path: string, before: object, after: object]>([
    [
      "kubernetes:core/v1:Secret",
      "stringData.B",
      { stringData: { B: "hunter2" } },
      { stringData: { B: "[secret]" } },
    ],
    ["kubernetes:core/v1:Secret", "data.a-b", { data: { "a-b": "hunter2" } }, { data: "[secret]" }],
    ["kubernetes:core/v1:Secret", "stringData.B", { stringData: { B: "hunter2" } }, {}],
    ["kubernetes:core/v1:Secret", "stringData.B", { stringData: { B: 42 } }, { stringData: { B: 43 } }],
    ["kubernetes:core/v1:ConfigMap", "data.PG_PASS", { data: { PG_PASS: "hunter2" } }, { data: {} }],
    [
      "kubernetes:apps/v1:Deployment",
      env,
      variable({ name: "PG_PASS", value: "hunter2" }),
      variable({ name: "PG_PASS", valueFrom: { secretKeyRef: { name: "x", key: "y" } } }),
    ],
    [
      "kubernetes:apps/v1:Deployment",
      env,
      variable({ name: "PG_PASS", value: "hunter2" }),
      variable({ name: "OTHER", value: "x" }),
    ],
    [
      "aws:ssm/parameter:Parameter",
      "value",
      { type: "String", value: "hunter2" },
      { type: "SecureString", value: "[secret]" },
    ],
    ["aws:lambda/function:Function", "greeting", { greeting: "hunter2" }, { greeting: "[secret]" }],
  ])("%s %s", (type, path, before, after) => {
    const repair: Step = {
      op: "update",
      urn: `urn:pulumi:dev::p::${type}::x`,
      oldState: { inputs: { ...before } },
      newState: { inputs: { ...after } },
      detailedDiff: { [path]: { kind: "update" } },
    };
    expect(render({ stack: "dev", steps: [repair] }, [])).toContain(`| \`${path}\` |`);
  });
});

test.each([
  [
    'parse "postgresql://orders:hun/ter2@db/orders": invalid port',
    'parse "postgresql://[secret]@db/orders": invalid port',
  ],
  ['"postgresql://orders:hun\'"ter2@db"', '"postgresql://[secret]@db"'],
  ["redis://:hunter2@cache", "redis://[secret]@cache"],
  ["connect: host=db password=hunter2 user=x", "connect: host=db password=[secret] user=x"],
  ["PGPASSWORD='hunter2 hunter2' failed", "PGPASSWORD=[secret] failed"],
  ['{"masterPassword":"hunter2 x","size":1}', '{"masterPassword":[secret],"size":1}'],
  ['sent {\\"password\\": \\"hunter2\\"} there', 'sent {\\"password\\": [secret]} there'],
  ["map[name:x password:hunter2]", "map[name:x password:[secret]"],
  ["key: -----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\nend", "key: [secret]\nend"],
  // Words that stand in the engine's own messages.
  ...[
    "kubernetes:core/v1:Secret (orders-credentials): not ready",
    "urn:pulumi:dev::p::w$random:index/randomPassword:RandomPassword::database-password",
    "error: invocation of aws:secretsmanager/getSecret:getSecret returned an error: code = Unknown",
    'https://host:8080/a@b "https://host:443","a@b" $(PG_PASS) postgresql://orders:$(PG_PASS)@db',
  ].map((text): [string, string] => [text, text]),
])("an error shows no credential: %s", (message, shown) => {
  const digest = JSON.stringify({ diagnostics: [{ severity: "error", message }] });
  expect(readPreview("dev", 255, digest, "").error).toBe(shown);
  expect(readPreview("dev", 255, "", message).error).toBe(shown);
});

test("a value shows no credential that stands within it", () => {
  const text = render({ stack: "dev", steps: [step(1, "--password=hunter2")] }, []);
  expect(text).toContain("`old` → `--password=[secret]`");
});

const step = (index: number, value = "x".repeat(50)): Step => ({
  op: "update",
  urn: `urn:pulumi:dev::p::a:b:C::resource-${index}`,
  oldState: { inputs: { key: "old" } },
  newState: { inputs: { key: value } },
  detailedDiff: { key: { kind: "update" } },
});

test("a huge preview is cut between rows, and its fold closed", () => {
  const text = render({ stack: "dev", steps: Array.from({ length: 2000 }, (_, index) => step(index)) }, []);
  expect(text.length).toBeLessThanOrEqual(LONGEST);
  expect(text.length).toBeGreaterThan(LONGEST - 1000);
  expect(text).toMatch(
    /\|\n\n<\/details>\n\n\*\*Cut here:\*\* run `pulumi preview --stack dev` for the rest\.$/,
  );
});

test("a huge error keeps its end", () => {
  const text = render({ stack: "dev", steps: [], error: `${"line\n".repeat(50_000)}error: at last` }, []);
  expect(text.length).toBeLessThan(LONGEST);
  expect(text).toContain("error: at last\n```");
});

describe("text from the program", () => {
  test("stays in its cell", () => {
    const text = render({ stack: "dev", steps: [step(1, "a | b\n`c` </details> @octocat <!-- x -->")] }, []);
    expect(text).toContain("→ ``a \\| b `c` </details> @octocat <!-- x -->`` |");
  });

  test.each([
    ["a`b", "``a`b``"],
    ["`", "`` ` ``"],
    ["", "` `"],
    ["a".repeat(100), `\`${"a".repeat(80)}…\``],
  ])("%j as code", (text, expected) => {
    expect(code(text)).toBe(expected);
  });

  test("an error can't leave its block", () => {
    const text = render({ stack: "dev", steps: [], error: "```\n# @octocat" }, []);
    expect(text).toBe("### `dev`: the preview failed\n\n````text\n```\n# @octocat\n````");
  });

  test("a property's name mentions nobody", () => {
    const finding = {
      urn: "urn:pulumi:dev::p::t::n",
      what: 'holds in plain text: data["@octocat*"]',
      why: "",
      fix: "",
    };
    expect(render({ stack: "dev", steps: [] }, [finding])).not.toMatch(/@octocat|\*"/);
  });
});

describe("text from a fork", () => {
  test("keeps what a plan is made of", () => {
    const plan = [
      "### Plan of `dev`",
      "<details open><summary><b>Cost</b>: $285</summary>",
      "",
      "| component | month |\n|---|---:|\n| &#60;none&#62; | **$1** |",
      '```mermaid\ngraph LR\n  a["<i>one</i><br/>two"]:::critical --> b\n```',
      "</details>",
    ].join("\n");
    expect(untrusted(plan)).toBe(plan);
  });

  test.each([
    ["a mention", "@octocat @org/team", /@\w/],
    ["a mention by entity", "&#64;octocat &commat;octocat &#x40;octocat", /&(#64|commat|#x40);/],
    ["half a mention by entity", "@&#111;ctocat", /@&/],
    ["a reference", "owner/repo#12 GH-1 gh-2", /#\d|GH-\d/i],
    ["a link", "[click](https://evil.example)", /\]\(|:\/\//],
    ["a link by reference", "[click][1]\n\n[1]: //evil.example", /\]\[|\]:/],
    ["a node's link", '```mermaid\ngraph LR\n  a; click a href "//evil.example"\n```', /click\s/],
    ["an autolink", "<https://evil.example> www.evil.example", /<h|:\/\/|www\./],
    ["an image", '![x](//evil.example/x.png) <img src="//evil.example/x.png">', /\]\(|<img/],
    ["HTML", "<a href=//evil.example>x</a><script>x</script>", /<a|<script/],
    ["attributes of what is allowed", '<details ontoggle="x"><summary id=x>', /<details o|<summary i/],
    ["our own marker", "<!-- fastapi-eks preview dev -->", /<!--/],
    ["writing backwards", "\u202egnp.exe", /\u202e/],
  ])("loses %s", (_, markdown, dangerous) => {
    expect(markdown).toMatch(dangerous);
    expect(untrusted(markdown)).not.toMatch(dangerous);
  });
});
