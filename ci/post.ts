// `node ci/post.ts preview|plan|drift …`: the only step whose token may write. It runs code of the default branch or
// of the base. Another job made what it posts.
import { globSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LONGEST } from "./comment.ts";
import { findPullRequest, writeComment, writeIssue } from "./github.ts";
import { untrusted } from "./markdown.ts";

const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = process.env;
const run = `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;

/** The text of a regular file: an artifact may hold a link to a file of this machine. */
function read(file: string): string | undefined {
  const status = lstatSync(file, { throwIfNoEntry: false });
  return status?.isFile() ? readFileSync(file, "utf8").slice(0, LONGEST) : undefined;
}

const commands: Record<string, (...args: string[]) => Promise<void>> = {
  preview: async (pullRequest = "", stack = "", file = "") => {
    const text = read(file) ?? `### \`${stack}\`: there is no preview`;
    await writeComment(Number(pullRequest), `preview ${stack}`, `${text}\n\n[The run](${run})`);
  },

  plan: async (owner = "", branch = "", sha = "", folder = "") => {
    const pullRequest = await findPullRequest(owner, branch, sha);
    if (!pullRequest) {
      console.log(`no open pull request has ${sha} as its head any more`);
      return;
    }
    const origin = `_Made without credentials, by the pull request's own code at ${sha.slice(0, 7)}._`;
    // Not whatever the artifact holds: each file is a comment.
    for (const stack of ["dev", "prod"]) {
      const text = read(join(folder, `${stack}.md`));
      // First, where nothing in the text can fold it away.
      const body = `${origin}\n\n${untrusted(text ?? "").slice(0, LONGEST)}`;
      if (text === undefined) console.log(`the run left no plan of ${stack}`);
      else await writeComment(pullRequest, `plan ${stack}`, body);
    }
  },

  drift: async (folder = "") => {
    // Without a report there is no artifact, and without an artifact no folder.
    const text = globSync("*.md", { cwd: folder })
      .sort()
      .map((file) => read(join(folder, file)))
      .join("\n\n");
    const advice = "Either deploy again, which undoes it, or put it into the program.";
    const body = `${text.slice(0, LONGEST)}\n\n${advice} [The run](${run})`;
    await writeIssue("drift", "What is deployed differs from the program", text ? body : undefined);
  },
};

const [name = "", ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) throw new Error(`usage: node ci/post.ts ${Object.keys(commands).join("|")} …`);
await command(...args);
