// As much of GitHub's API as ci/github.ts uses, and what the tests want to know about it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Item {
  id: number;
  number: number;
  body: string;
  state: "open" | "closed";
  user: { login: string };
}

export const bot = { login: "github-actions[bot]" };

export async function startGitHub(pulls: { number: number; head: { sha: string; label: string } }[] = []) {
  const items: Item[] = [];
  const add = (body: string, user = bot): Item => {
    const id = 100 + items.length;
    const item: Item = { id, number: id, body, state: "open", user };
    items.push(item);
    return item;
  };

  const answer = (method: string, { pathname, searchParams }: URL, body: Partial<Item>): unknown => {
    const path = pathname.replace("/repos/acme/orders/", "");
    if (path === "pulls") return pulls.filter(({ head }) => head.label === searchParams.get("head"));
    if (method === "PATCH") {
      const item = items.find(({ id }) => id === Number(path.split("/").at(-1)));
      return item && Object.assign(item, body);
    }
    if (!/^issues(\/7\/comments)?$/.test(path)) return undefined;
    if (method === "POST") return add(body.body ?? "");
    const [size, page] = ["per_page", "page"].map((name) => Number(searchParams.get(name))) as [
      number,
      number,
    ];
    return items.filter(({ state }) => state === "open").slice((page - 1) * size, page * size);
  };

  const server = createServer(async (request, response) => {
    const text = (await request.toArray()).join("");
    const authorized = request.headers.authorization === "Bearer token";
    const url = new URL(request.url ?? "", "http://localhost");
    const result = authorized ? answer(request.method ?? "", url, text ? JSON.parse(text) : {}) : undefined;
    response
      .writeHead(result === undefined ? 404 : 200)
      .end(JSON.stringify(result ?? { message: "Not Found" }));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    items,
    add,
    stop: () => server.close(),
    environment: {
      GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      GITHUB_REPOSITORY: "acme/orders",
      GITHUB_RUN_ID: "42",
      GITHUB_SERVER_URL: "https://github.example",
      GITHUB_TOKEN: "token",
    },
  };
}
