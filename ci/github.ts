// What the workflows ask of GitHub's API, with the job's own token.

/** We change comments and issues of these authors alone. Anybody may write our marker. */
const SELF = "github-actions[bot]";

interface Item {
  number: number;
  id: number;
  body: string | null;
  user: { login: string } | null;
}

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const { GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN } = process.env;
  const response = await fetch(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/${path}`, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${GITHUB_TOKEN}`,
      "x-github-api-version": "2022-11-28",
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** The one of ours that starts with the marker, on whichever page it is. */
async function find(path: string, marker: string): Promise<Item | undefined> {
  for (let page = 1; ; page++) {
    const items = await call<Item[]>("GET", `${path}?per_page=100&page=${page}`);
    const found = items.find(({ user, body }) => user?.login === SELF && body?.startsWith(marker));
    if (found || items.length < 100) return found;
  }
}

const mark = (name: string): string => `<!-- fastapi-eks ${name} -->`;

/** Writes the comment of this name, or rewrites it. */
export async function writeComment(pullRequest: number, name: string, text: string): Promise<void> {
  const comments = `issues/${pullRequest}/comments`;
  const comment = await find(comments, mark(name));
  const body = `${mark(name)}\n${text}`;
  if (comment) await call("PATCH", `issues/comments/${comment.id}`, { body });
  else await call("POST", comments, { body });
}

/** Opens the issue of this name, or rewrites it; without a text, closes it. */
export async function writeIssue(name: string, title: string, text: string | undefined): Promise<void> {
  const issue = await find("issues", mark(name));
  const body = `${mark(name)}\n${text}`;
  if (issue && text) await call("PATCH", `issues/${issue.number}`, { title, body });
  else if (issue) await call("PATCH", `issues/${issue.number}`, { state: "closed" });
  else if (text) await call("POST", "issues", { title, body });
}

/** The open pull request whose head is this very commit, if it still is. */
export async function findPullRequest(
  owner: string,
  branch: string,
  sha: string,
): Promise<number | undefined> {
  const head = encodeURIComponent(`${owner}:${branch}`);
  const open = await call<{ number: number; head: { sha: string } }[]>(
    "GET",
    `pulls?state=open&head=${head}`,
  );
  return open.find((pullRequest) => pullRequest.head.sha === sha)?.number;
}
