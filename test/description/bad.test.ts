// What is wrong with a description by itself. sources.test.ts has what its sources tell, causes.test.ts what pods tell.
import { expect, test } from "vitest";
import { descriptionProblems } from "../../description/check.ts";
import { known } from "../../description/known.ts";
import { located } from "../../description/line.ts";
import { service } from "../../service.ts";

const http = { port: 8000, liveness: "/healthz", readiness: "/readyz" };
const metrics = { port: 9000, path: "/metrics", requestsInFlight: "http_server_active_requests" };
const request = { method: "GET", path: "/orders", status: 200 };
const alembic = { command: ["alembic", "upgrade", "head"], tool: "alembic", revisions: "alembic/versions" };
const files = { PASSWORD: known.database.password };

test.each<[field: string, change: Record<string, unknown>, got: string]>([
  ["name", { name: undefined }, "nothing"],
  ["name", { name: "Orders" }, '"Orders"'],
  ["name", { name: "orders-" }, '"orders-"'],
  ["name", { name: "o".repeat(41) }, '"ooo'],
  ["name", { name: "kube-system" }, "kube-system, which is a namespace"],
  ["name", { name: "user" }, "user, which PostgreSQL"],
  ["source", { source: "../app" }, '"../app"'],
  ["source", { source: "/srv/app" }, '"/srv/app"'],
  ["serve", { serve: "uvicorn shop.main:app" }, '"uvicorn shop.main:app"'],
  ["serve", { serve: [] }, "[]"],
  ["serve", { serve: ["uvicorn", 8000] }, '["uvicorn",8000]'],
  ["http.port", { http: { ...http, port: "8000" } }, '"8000"'],
  ["http.port", { http: { ...http, port: 80 } }, "80"],
  ["http.liveness", { http: { ...http, liveness: "healthz" } }, '"healthz"'],
  ["http.readiness", { http: { port: 8000, liveness: "/healthz" } }, "nothing"],
  ["http.readyness", { http: { ...http, readyness: "/readyz" } }, "a field that doesn't exist"],
  ["http.metrics.port", { http: { ...http, metrics: { ...metrics, port: 80 } } }, "80"],
  [
    "http.metrics.port",
    { http: { ...http, metrics: { ...metrics, port: 8000 } } },
    "8000, which is http.port",
  ],
  ["http.metrics.path", { http: { ...http, metrics: { ...metrics, path: "metrics" } } }, '"metrics"'],
  [
    "http.metrics.requestsInFlight",
    { http: { ...http, metrics: { ...metrics, requestsInFlight: "http.server.active_requests" } } },
    '"http.server.active_requests"',
  ],
  ["http.metrics.name", { http: { ...http, metrics: { ...metrics, name: "x" } } }, "a field that doesn't"],
  ["database", { database: "mysql" }, '"mysql"'],
  [
    "database",
    { database: "none", migrations: alembic, variables: {}, secretFiles: undefined },
    '"none", while',
  ],
  ["migrations.tool", { migrations: { ...alembic, tool: "django" } }, '"django"'],
  ["migrations.revisions", { migrations: { ...alembic, revisions: undefined } }, "nothing"],
  ["migrations.revisions", { migrations: { ...alembic, tool: "other" } }, "revisions of a tool other"],
  ["variables", { variables: [] }, "[]"],
  ["secretFiles.folder", { secretFiles: { folder: "/etc", files } }, '"/etc"'],
  ["secretFiles.files", { secretFiles: { folder: "/run/secrets/x", files: {} } }, "{}"],
  ["writes", { writes: ["/tmp/cache"] }, '["/tmp/cache"]'],
  ["writes", { writes: ["/srv/a", "/srv/a/b"] }, "/srv/a/b, which is in /srv/a"],
  ["reaches", { reaches: "https" }, '"https"'],
  ["reaches", { reaches: ["http"] }, '["http"]'],
  ["reaches", { reaches: ["10.0.0.0/16"] }, '["10.0.0.0/16"]'],
  ["reaches", { reaches: ["10.0.0.256/32:6379"] }, '["10.0.0.256/32:6379"]'],
  ["reaches", { reaches: ["10.0.0.0/33:6379"] }, '["10.0.0.0/33:6379"]'],
  ["reaches", { reaches: ["10.0.0.0/16:65536"] }, '["10.0.0.0/16:65536"]'],
  ["reaches", { reaches: ["https", "https"] }, '["https","https"]'],
  ["request", { http: undefined, request, variables: {} }, "a request to a worker"],
  ["request.method", { request: { ...request, method: "DELETE" } }, '"DELETE"'],
  ["request.body", { request: { ...request, body: {} } }, "a body of a GET"],
  ["request.status", { request: { ...request, status: 404 } }, "404"],
  ["port", { port: 8000 }, "a field that doesn't exist"],
])("%s: %j is refused, with the line to change", (field, change, got) => {
  const problems = descriptionProblems({ ...service, ...change } as never);
  expect(problems.map(({ key }) => key)).toContain(field);
  const [problem] = problems.filter(({ key }) => key === field);
  if (!problem) throw new Error("there is none");
  expect(problem.got).toContain(got);
  expect(located(problem, service.name)).toMatch(/^service\.ts:\d+ [\w.]+: got .+; allowed: .+; fix: .+$/);
});
