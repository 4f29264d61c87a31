// `npm run vm -- <stack> [<image>]`: writes the release of a stack for a VM, in vm-output/<stack>.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { RunError } from "@pulumi/pulumi";
import { service } from "../service.ts";
import { release } from "./release.ts";
import { stackSettings } from "./stack.ts";

if (import.meta.main) {
  const [stack, image] = process.argv.slice(2);
  try {
    if (stack === undefined) throw new RunError("usage: npm run vm -- <stack> [<repository>@sha256:…]");
    const folder = join("vm-output", stack);
    // An older release's files would be taken for this one's.
    rmSync(folder, { recursive: true, force: true });
    cpSync(join(import.meta.dirname, "release"), folder, { recursive: true });
    const files = release({ service, settings: stackSettings(stack), environment: stack, image });
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    console.log(`Written: ${folder}. docs/vm.md says how it gets onto a VM.`);
  } catch (error) {
    // What somebody can repair comes without a stack trace.
    console.error(RunError.isInstance(error) ? error.message : error);
    process.exitCode = 1;
  }
}
