// `node ci/promote.ts <stack> [<digest>]`: lets a stack run this image, which another stack runs already. Without a
// digest, the stack keeps its own image. A stack without a shared repository builds its image, and a digest that its
// file pins stays.
import { spawnSync } from "node:child_process";

const [stack = "", digest] = process.argv.slice(2);
if (!stack) throw new Error("usage: node ci/promote.ts <stack> [<digest>]");

function pulumi(...args: string[]): string {
  const { error, status, stdout, stderr } = spawnSync("pulumi", [...args, "--stack", stack], {
    encoding: "utf8",
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`pulumi ${args.join(" ")} failed: ${stderr}`);
  return stdout;
}

function settingOf(name: string): string | undefined {
  const config: Record<string, { value?: string }> = JSON.parse(pulumi("config", "--json"));
  return Object.entries(config).find(([key]) => key.split(":")[1] === name)?.[1].value;
}

function running(): string | undefined {
  const outputs: Record<string, string> = JSON.parse(pulumi("stack", "output", "--json"));
  return outputs.imageReference?.split("@")[1];
}

function promote(): string {
  if (!settingOf("imageRepository")) return "builds its own image: it has no imageRepository";
  const pinned = settingOf("imageDigest");
  if (pinned) return `stays at ${pinned}, as its file says`;
  const next = digest ?? running();
  if (!next) return "runs nothing yet";
  pulumi("config", "set", "imageDigest", next);
  return `gets ${next}`;
}

console.log(`${stack} ${promote()}`);
