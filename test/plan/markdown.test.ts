import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { code, type Document, list, table, text } from "../../plan/document.ts";
import { toHtml } from "../../plan/html.ts";
import { LIMIT, toMarkdown } from "../../plan/markdown.ts";
import { makePlan } from "../../plan/plan.ts";
import { evaluate } from "../../plan/program.ts";
import { report } from "../../plan/report.ts";

const lines = (count: number) => Array.from({ length: count }, (_, index) => `line ${index} of them`);

function long(count: number): Document {
  return {
    title: "Plan",
    headlines: ["**Cost:** $1"],
    sections: [
      { title: "Short", summary: "stays", blocks: [text("This one stays as it is.")] },
      { title: "Code", summary: "cut", blocks: [code("yaml", lines(count).join("\n"))] },
      {
        title: "Table",
        summary: "cut",
        blocks: [
          table(
            ["a"],
            lines(count).map((line) => [line]),
          ),
        ],
      },
      { title: "List", summary: "cut", blocks: [list(lines(count)), text("The end.")] },
    ],
  };
}

describe("the size", () => {
  test.each([1, 10, 1000, 5000, 100_000])("with %i lines a section stays below the limit", (count) => {
    const markdown = toMarkdown(long(count));
    expect(markdown.length).toBeLessThanOrEqual(LIMIT);
    expect(markdown).toContain("This one stays as it is.");
    expect(markdown.match(/<details>/g)?.length).toBe(markdown.match(/<\/details>/g)?.length);
    expect((markdown.match(/^```/gm)?.length ?? 0) % 2).toBe(0);
  });

  test("what is cut says how much is missing and where it is", () => {
    const markdown = toMarkdown(long(5000));
    expect(markdown.match(/_\d+ more lines: the HTML has them, /g)?.length).toBeGreaterThanOrEqual(3);
    expect(toMarkdown(long(10))).not.toContain("more lines");
  });

  test("uses the room that there is", () => {
    expect(toMarkdown(long(5000)).length).toBeGreaterThan(LIMIT * 0.95);
  });

  test.each(["dev", "prod"])("%s fits whole", async (stack) => {
    const plan = makePlan(await evaluate({ root: ".", stack, label: stack }), null);
    const markdown = toMarkdown(report(plan));
    expect(markdown.length).toBeLessThan(LIMIT);
    expect(markdown).not.toContain("more lines");
  });
});

test("a pull request's run keeps the HTML that a comment refers to", () => {
  const workflow = readFileSync(".github/workflows/plan.yml", "utf8");
  expect(workflow).not.toContain("--format markdown");
  expect(workflow).toContain('mv plan-output/plan.html "plans/$stack.html"');
  expect(workflow).toMatch(/upload-artifact@[\s\S]*path: plans\n/);
});

describe("what somebody else wrote stays text", () => {
  const nasty = "<img src=x onerror=alert(1)> | @everyone #1 [a](b) ```";
  const document: Document = {
    title: nasty,
    headlines: [nasty],
    sections: [{ title: nasty, summary: nasty, blocks: [table([nasty], [[nasty]]), code("text", nasty)] }],
  };

  test("in HTML", () => {
    expect(toHtml(document)).not.toContain("<img");
  });

  test("in Markdown, outside of code", () => {
    const outside = toMarkdown(document).replace(/````text\n[\s\S]*?\n````/, "");
    expect(outside).not.toContain("<img");
    expect(outside).not.toMatch(/@(?!<!-- -->)/);
    expect(outside.replace(/<summary>.*/g, "")).not.toMatch(/(?<!\\)\[/);
    expect(toMarkdown(document)).toContain(`\`\`\`\`text\n${nasty}\n\`\`\`\``);
  });
});

test("the beginning of dev's, as a person sees it", async () => {
  const plan = makePlan(await evaluate({ root: ".", stack: "dev", label: "dev" }), null);
  const [head] = toMarkdown(report(plan)).split("<details>");
  expect(head?.replace(/\d+ resources/, "… resources").replace(/\d+ of/, "… of")).toBe(`### Plan: \`dev\`

- **Cost:** at least $305.21 a month, without usage and 1 charge not priced.
- **From nothing:** … resources in about 13.0 min, by network → cluster → orders → migration → app.
- **Connections:** … of 80 on db.t4g.micro.
- **Warnings:** clusterPublicAccessCidrs.
- **Destroy:** nothing blocks it.

`);
});
