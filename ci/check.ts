// `node ci/check.ts <stack> <comment.md> [--allow-replacement] [--allow <urn>]…`: previews a stack, writes the comment
// about it, and fails when the preview did or the firewall stops it.
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { render } from "./comment.ts";
import { describe, judge } from "./firewall.ts";
import { runPreview } from "./preview.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "allow-replacement": { type: "boolean" }, allow: { type: "string", multiple: true } },
});
const [stack, file] = positionals;
if (!stack || !file) throw new Error("usage: node ci/check.ts <stack> <comment.md>");

const preview = runPreview(stack, { refresh: false });
const findings = judge(preview.steps, {
  replacement: values["allow-replacement"] ?? false,
  urns: values.allow ?? [],
});
writeFileSync(file, render(preview, findings));
for (const problem of [...(preview.error ? [preview.error] : []), ...findings.map(describe)]) {
  console.error(`\n${problem}`);
}
if (preview.error || findings.length > 0) process.exitCode = 1;
