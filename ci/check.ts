// `node ci/check.ts <stack> <comment.md> [--allow-replacement] [--allow <urn>]… [--expect <fingerprint>]`: previews a
// stack, and writes the comment about it. It fails if the preview fails, if the firewall stops it, or if the preview
// isn't the expected one. Later steps and jobs find its fingerprint in the output `plan`.
import { appendFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { render } from "./comment.ts";
import { fingerprint } from "./fingerprint.ts";
import { describe, judge } from "./firewall.ts";
import { runPreview } from "./preview.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "allow-replacement": { type: "boolean" },
    allow: { type: "string", multiple: true },
    expect: { type: "string" },
  },
});
const [stack, file] = positionals;
if (!stack || !file) throw new Error("usage: node ci/check.ts <stack> <comment.md>");

const preview = runPreview(stack, { refresh: false });
const findings = judge(preview.steps, {
  replacement: values["allow-replacement"] ?? false,
  urns: values.allow ?? [],
});
writeFileSync(file, render(preview, findings));
const plan = fingerprint(preview.steps);
const changed =
  values.expect && values.expect !== plan
    ? [
        `${stack} would not change as it was looked at: something else has changed it, or what it reads, since.
  fix: look at what it would change now, and run the whole workflow again`,
      ]
    : [];
const problems = [...(preview.error ? [preview.error] : []), ...findings.map(describe), ...changed];
for (const problem of problems) console.error(`\n${problem}`);
if (problems.length > 0) process.exitCode = 1;
else if (process.env.GITHUB_OUTPUT) appendFileSync(process.env.GITHUB_OUTPUT, `plan=${plan}\n`);
