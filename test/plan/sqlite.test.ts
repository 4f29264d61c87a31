// The plan of a service whose description says SQLite, beside that of the same one on PostgreSQL.
import { beforeAll, expect, test, vi } from "vitest";
import { parseAllDocuments } from "yaml";
import { makePlan, type Plan } from "../../plan/plan.ts";
import { evaluate } from "../../plan/program.ts";
import { report } from "../../plan/report.ts";

let plan: Plan;

beforeAll(async () => {
  const evaluated = (label: string) => evaluate({ root: ".", stack: "prod", label });
  const postgres = await evaluated("postgresql");
  vi.doMock("../../service.ts", async (original) => {
    const { service } = await original<typeof import("../../service.ts")>();
    return { service: { ...service, database: "sqlite" } };
  });
  vi.resetModules();
  plan = makePlan(await evaluated("sqlite"), postgres);
  vi.doUnmock("../../service.ts");
});

const step = (name: string) => {
  const [one] = plan.side.graph.steps.filter((step) => step.name === name);
  if (!one) throw new Error(`${name} isn't in the plan`);
  return one;
};
const objects = () =>
  plan.side.manifests.flatMap(({ yaml }) => parseAllDocuments(yaml).map((document) => document.toJS()));

test("nothing of RDS is in it", () => {
  expect(plan.against?.graph.steps.filter(({ type }) => type.startsWith("aws:rds/"))).not.toEqual([]);
  expect(plan.side.graph.steps.filter(({ type }) => /^aws:rds\/|^random:/.test(type))).toEqual([]);
  expect(plan.side.cost.lines.filter(({ component }) => component === "database")).toEqual([]);
  expect(JSON.stringify(report(plan).sections)).not.toContain("max_connections");
});

test("the whole waits for network → cluster → claim → migration → pod, and the copies for nobody", () => {
  expect(plan.side.graph.criticalPath).toEqual(["network", "cluster", "orders", "migration", "app"]);
  const [claim, migration, pod, backup] = [
    step("orders-file-claim"),
    step("migration-job"),
    step("app-pod"),
    step("backup-hourly"),
  ];
  expect(pod.waitsFor).toContain(migration.urn);
  expect(migration.start).toBeGreaterThanOrEqual(claim.end);
  expect(backup.critical).toBe(false);
  expect(plan.side.graph.steps.filter(({ waitsFor }) => waitsFor.includes(backup.urn))).toEqual([]);
});

test("costs the volume and one node, and the copies by use", () => {
  const { lines, usageBased, notPriced, nodes } = plan.side.cost;
  expect(lines.filter(({ resource }) => resource === "orders-file-claim")).toEqual([
    {
      component: "orders",
      resource: "orders-file-claim",
      what: "100 GiB gp3, in one zone at $0.08",
      cents: 800,
    },
  ]);
  expect(usageBased.map(({ resource }) => resource)).toContain("backup-bucket");
  expect(notPriced.map(({ resource }) => resource)).toEqual(["cluster-pod-logs"]);
  expect(nodes.count).toBe(1);
  expect(plan.comparison?.componentCents).toMatchObject({ orders: 800, alarms: expect.toSatisfy(isLess) });
  expect(plan.comparison?.componentCents.database).toBeLessThan(-20_000);
  const {
    orders,
    database,
    "database-login": login,
    alarms,
    cluster,
    ...others
  } = plan.comparison?.componentCents ?? {};
  expect(Object.values(others).filter((cents) => cents !== 0)).toEqual([]);
});

const isLess = (cents: number) => cents < 0;

test("has a budget of the file's size and of the outage, and none of connections or of many pods", () => {
  const { connections, file, addresses } = plan.side.budgets ?? {};
  expect(connections).toBeNull();
  expect(file).toEqual({ volumeGiB: 100, largestGiB: 33, outageSeconds: 75 + 120 + 300 });
  expect(addresses?.[0]?.sum).toMatch(/^\(1 \+ /);
  const { headlines, sections } = report(plan);
  expect(headlines).toContain("**Connections:** none, without PostgreSQL.");
  const [budgets] = sections.filter(({ title }) => title === "Budgets");
  expect(budgets?.summary).toBe("one pod and one file, in one zone");
  expect(JSON.stringify(budgets)).toMatch(/Every update is an outage.*At most 495 s.*lost with the volume/);
});

test("its manifests are those of one pod, one claim and a copy each hour", () => {
  const kinds = objects().map(({ kind }) => kind);
  expect(kinds).toEqual(
    expect.arrayContaining([
      "CronJob",
      "Job",
      "PersistentVolumeClaim",
      "Service",
      "StatefulSet",
      "StorageClass",
    ]),
  );
  for (const kind of ["Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Secret"])
    expect(kinds).not.toContain(kind);
  const [pod] = objects().filter(({ kind }) => kind === "StatefulSet");
  expect(pod.spec.replicas).toBe(1);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a name that nobody knows yet.
  expect(pod.spec.selector.matchLabels.migration).toBe("${migration-job.metadata.name}");
});

test("says what blocks a destroy, and that volume and copies outlive it", () => {
  const names = (obstacles: { resource: string }[] = []) => obstacles.map(({ resource }) => resource);
  expect(names(plan.side.destroy.blocks)).toEqual(
    expect.arrayContaining(["backup-bucket", "orders-file-claim"]),
  );
  expect(names(plan.side.destroy.leavesBehind)).toEqual(
    expect.arrayContaining(["orders-file-class", "backup-bucket"]),
  );
});
