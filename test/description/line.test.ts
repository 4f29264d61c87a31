import { expect, test } from "vitest";
import { lineIn } from "../../description/line.ts";

const source = `import { known } from "./description/known.ts"; // name: "no"

export const service: Description = {
  name: "shop",
  source: "shop", // port: 1
  serve: ["uvicorn", "shop.main:app", "--port: 7", \`{\`],
  /* http: { port: 2 } */
  http: { port: 8080, liveness: "/health", readiness: "/ready" },
  migrations: {
    command: ["alembic", "upgrade", "head"],
    tool: "alembic",
  },
  variables: {
    "SHOP-URL": known.url,
    PORT: "http: 3",
  },
  request: { method: "POST", path: "/products", body: { name: "Lamp", lines: [{ port: 1 }] } },
};

export const worker = {
  name: 'shop-worker',
  serve: ["shop", "work"],
};
`;

test.each([
  ["shop", "name", 4],
  ["shop", "source", 5],
  ["shop", "serve", 6],
  ["shop", "http.port", 8],
  ["shop", "http.readiness", 8],
  ["shop", "migrations.command", 10],
  ["shop", "variables.SHOP-URL", 14],
  ["shop", "variables.PORT", 15],
  ["shop", "request.path", 17],
  ["shop-worker", "serve", 22],
])("of %s, %s is on line %i", (name, path, line) => {
  expect(lineIn(source, path, name)).toBe(line);
});

test.each([
  ["shop", "migrations.revisions", 9],
  ["shop", "writes", 4],
  ["shop-worker", "http.port", 21],
])("of %s, %s isn't said: it belongs to line %i", (name, path, line) => {
  expect(lineIn(source, path, name)).toBe(line);
});

test("a service that the file doesn't name has no line", () => {
  expect(lineIn(source, "http.port", "other")).toBeUndefined();
});

test("without a name it is the file's first", () => {
  expect(lineIn(source, "serve")).toBe(6);
});
