// A second stack finds the first by its outputs alone, and runs something in its cluster.
import { dirname, join } from "node:path";
import { expect, test, vi } from "vitest";
import { pulumi } from "../../emulator/cli/pulumi.ts";
import { up } from "../../emulator/cli/start.ts";
import { edit, get, kubectl, pulumiOf, succeeded } from "./machine.ts";
import { call, startProbe } from "./policies.ts";

const folder = join(dirname(dirname(import.meta.dirname)), "examples", "consumer");

// The consumer's stack file names none: it makes nothing in AWS.
process.env.AWS_REGION ??= "eu-central-1";

const consume = (...args: string[]) => pulumiOf(folder, "dev", args);

/** On a stack that lets pods of `canary` call the service. */
export function consumer(): void {
  test("the consumer's pod reaches the service through the outputs", async () => {
    succeeded(await consume("up", "--yes", "--skip-preview"));
    expect(succeeded(await consume("stack", "output", "cronJob"))).toContain("canary/canary");
    // Now, not at the next full minute.
    kubectl("create", "job", "-n", "canary", "--from=cronjob/canary", "now");
    kubectl("wait", "-n", "canary", "--for=condition=complete", "--timeout=60s", "job/now");
    expect(kubectl("logs", "-n", "canary", "job/now")).toContain(
      "200 http://orders.orders.svc.cluster.local/orders",
    );
  });

  /** What the service never calls: the internet, the instance's metadata, Kubernetes. */
  const elsewhere = ["198.51.100.1:443", "169.254.169.254:80", "kubernetes.default.svc.cluster.local:443"];
  const all = (targets: string[], outcome: string) =>
    Object.fromEntries(targets.map((target) => [target, outcome]));
  const addressOf = (namespace: string, ...which: string[]): string =>
    get("pods", "-n", namespace, ...which).items[0].status.podIP;

  test("the service calls its database and nothing else, and only those who may call it", async () => {
    startProbe("default");
    startProbe("orders");
    const app = addressOf("orders", "-l", "app.kubernetes.io/name=orders");
    const { databaseAddress } = JSON.parse(
      succeeded(await pulumi("dev", ["stack", "output", "--json"], false)),
    );
    const database = `${databaseAddress}:5432`;
    const other = `${addressOf("default")}:8000`;
    const others = [...elsewhere, other];
    const service = ["orders.orders.svc.cluster.local:80", `${app}:8000`];

    expect(call("orders", "deploy/orders", [database, ...others, ...service.slice(0, 1)])).toEqual({
      [database]: "open",
      ...all([...others, ...service.slice(0, 1)], "cut"),
    });
    // In the namespace, but of none of its kinds of pods; and in one that may not call.
    expect(call("orders", "probe", [database, ...others, ...service])).toEqual(
      all([database, ...others, ...service], "cut"),
    );
    expect(call("default", "probe", [...service, other])).toEqual({
      ...all(service, "cut"),
      [other]: "open",
    });
  });

  test("without Auto Mode's switch nothing is cut, and with it again everything is", async () => {
    const calls = () =>
      call("orders", "probe", ["orders.orders.svc.cluster.local:80", ...elsewhere.slice(0, 2)]);
    const turn = (value: string) =>
      kubectl(
        ...["patch", "configmap", "amazon-vpc-cni", "-n", "kube-system", "--type=merge"],
        ...["--patch", JSON.stringify({ data: { "enable-network-policy-controller": value } })],
      );
    turn("false");
    await vi.waitFor(
      () => expect(Object.values(calls())).toEqual(["open", "unreachable", "unreachable"]),
      20_000,
    );
    turn("true");
    await vi.waitFor(() => expect(Object.values(calls())).toEqual(["cut", "cut", "cut"]), 30_000);
    kubectl("delete", "pod", "probe", "-n", "orders");
    kubectl("delete", "pod", "probe", "-n", "default");
  });

  test("a change that leaves the outputs alone changes nothing for the consumer", async () => {
    edit("Pulumi.dev.yaml", (text) => text.replace("appMaxReplicas: 4", "appMaxReplicas: 3"));
    succeeded(await up("dev", false));
    succeeded(await consume("up", "--yes", "--skip-preview", "--expect-no-changes"));
  });

  test("a stack with another version of the contract is refused before anything is made of its outputs", async () => {
    edit("outputs.ts", (text) => text.replace("contractVersion = 2", "contractVersion = 3"));
    succeeded(await up("dev", false));
    const { code, output } = await consume("preview");
    expect(code).not.toBe(0);
    expect(output).toContain("organization/fastapi-eks/dev: got outputs of contract version 3; allowed: 2");
  });

  test("the consumer goes without a trace, and the service stays", async () => {
    succeeded(await consume("destroy", "--yes", "--skip-preview"));
    expect(kubectl("get", "namespaces", "--output", "name")).not.toContain("canary");
    expect(get("deployment", "-n", "orders").items[0].status.availableReplicas).toBeGreaterThan(0);
  });
}
