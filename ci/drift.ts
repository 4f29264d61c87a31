// `node ci/drift.ts <stack> <report.md>`: writes the report if the stack differs from the program, or can't be read.
import { writeFileSync } from "node:fs";
import { render } from "./comment.ts";
import { runPreview } from "./preview.ts";

const [stack, file] = process.argv.slice(2);
if (!stack || !file) throw new Error("usage: node ci/drift.ts <stack> <report.md>");

const preview = runPreview(stack, { refresh: true });
const drifts = preview.error !== undefined || preview.steps.length > 0;
if (drifts) writeFileSync(file, render(preview, []));
console.log(drifts ? `${stack} differs from the program` : `${stack} is as the program says`);
