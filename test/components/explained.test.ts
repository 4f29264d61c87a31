// What `pulumi up` says while SQLite's pod doesn't get well, from an API that this test plays.
import type * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { program } from "../harness.ts";

const { hooks, asked, api } = vi.hoisted(() => ({
  hooks: new Map<string, pulumi.ResourceHookBinding>(),
  asked: [] as string[],
  api: { answer: (_path: string): string => "" },
}));

vi.mock("../../components/explained.ts", async (original) => {
  const { explained } = await original<typeof import("../../components/explained.ts")>();
  const kept: typeof explained = (name, ...args) => {
    const binding = explained(name, ...args);
    hooks.set(name, binding);
    return binding;
  };
  return { explained: kept };
});
vi.mock("../../components/kubernetes-api.ts", () => ({
  KubernetesApi: class {
    async get(path: string) {
      asked.push(path);
      return api.answer(path);
    }
  },
}));

/** A StatefulSet gives each pod the name of the one before. */
const pod = (uid: string, end: string) => ({
  metadata: { name: "orders-0", uid },
  status: {
    conditions: [{ type: "Ready", status: "False" }],
    containerStatuses: [
      { state: { waiting: {} }, lastState: { terminated: { message: end } }, restartCount: 1 },
    ],
  },
});

test("names the line of service.ts for the new pod, and not for the old one of the same name", async () => {
  const [{ warnings }] = await program("prod", { database: "sqlite" });
  const binding = hooks.get("app-pod");
  const call = (hook: unknown) => (hook as pulumi.ResourceHook).callback({} as pulumi.ResourceHookArgs);
  const old = pod("1", 'exec: "before": executable file not found in $PATH');
  let pods = [old];
  api.answer = (path) =>
    path.includes("/log?") ? "" : JSON.stringify({ items: path.includes("pods?") ? pods : [] });

  await call(binding?.beforeCreate?.[0]);
  pods = [old, pod("2", "sqlite3.OperationalError: unable to open database file")];
  await expect
    .poll(() => warnings.join("\n"), { timeout: 10_000 })
    .toMatch(/service\.ts:\d+ variables: got a file that SQLite can't open/);
  await call(binding?.afterCreate?.[0]);
  expect(warnings.join("\n")).not.toContain("before");
  expect(asked[0]).toBe("/api/v1/namespaces/orders/pods?labelSelector=app.kubernetes.io%2Fname%3Dorders");
});

test("so it does for the migration of the same file", async () => {
  const [{ warnings }] = await program("prod", { database: "sqlite" });
  const hook = hooks.get("migration")?.beforeCreate?.[0] as pulumi.ResourceHook;
  let pods: unknown[] = [];
  api.answer = (path) =>
    path.includes("/log?") ? "" : JSON.stringify({ items: path.includes("pods?") ? pods : [] });
  await hook.callback({} as pulumi.ResourceHookArgs);
  pods = [pod("3", 'exec: "order": executable file not found in $PATH')];
  await expect
    .poll(() => warnings.join("\n"), { timeout: 10_000 })
    .toMatch(/service\.ts:\d+ migrations\.command: got "order", which isn't in the image/);
});

test("and what kept the login from being opened is said as it is, once", async () => {
  const [{ warnings }] = await program("prod");
  const hook = hooks.get("migration")?.beforeCreate?.[0] as pulumi.ResourceHook;
  const said = "databaseCredential: got 3, while pods may still log in";
  const failed = (uid: string) => ({
    metadata: { name: `orders-${uid}`, uid },
    status: {
      containerStatuses: [
        { state: { waiting: { reason: "PodInitializing" } }, lastState: {}, restartCount: 0 },
      ],
      initContainerStatuses: [{ state: { terminated: { message: said } } }],
    },
  });
  let pods: unknown[] = [];
  api.answer = (path) =>
    path.includes("/log?") ? "" : JSON.stringify({ items: path.includes("pods?") ? pods : [] });
  await hook.callback({} as pulumi.ResourceHookArgs);
  pods = [failed("4"), failed("5")];
  await expect.poll(() => warnings.filter((text) => text === said), { timeout: 10_000 }).toHaveLength(1);
});
