import { expect, test } from "vitest";
import type { Step } from "../../plan/graph.ts";
import { manifests } from "../../plan/manifests.ts";

const step = (type: string, name: string, inputs: Step["inputs"]): Step => ({
  ...{ urn: name, type, name, inputs, component: "orders", waitsFor: [], start: 0, end: 0 },
  ...{ critical: false, protect: false, retainOnDelete: false, ignoreChanges: [] },
});

test("objects are shown with the name that Pulumi will give them; what a chart makes isn't known", () => {
  const spec = { refreshPolicy: "CreatedOnce" };
  const object = { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", metadata: {}, spec };
  const shown = manifests([
    step("kubernetes:helm.sh/v3:Release", "operator", { chart: "one.tgz" }),
    step("kubernetes:external-secrets.io/v1:ExternalSecret", "passwords", object),
    step("aws:secretsmanager/secret:Secret", "passwords", {}),
  ]);
  expect(shown.map(({ resource }) => resource)).toEqual(["passwords"]);
  expect(shown[0]?.yaml).toMatch(/name: \$\{passwords\.metadata\.name\}\n/);
});
