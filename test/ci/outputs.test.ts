import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import type * as program from "../../index.ts";
import { contractVersion, type Outputs, readOutputs, versionProblem } from "../../outputs.ts";

/** What a service of another kind doesn't have, such as a database, isn't exported. */
type Exports<T> = { [Name in keyof T]: T[Name] | pulumi.Output<T[Name]> | undefined };

// Checked by the compiler: the program exports what the contract says, and nothing else.
const promised = (exports: typeof program): Exports<Outputs> => exports;
const kept: keyof Outputs = {} as keyof typeof program;

test("the compiler checks the program against the contract", () => {
  expect([promised, kept]).toHaveLength(2);
});

test("reads by name; a secret stays one", async () => {
  const state = {
    outputs: { contractVersion, clusterName: "orders", kubeconfig: "{}" },
    secretOutputNames: ["kubeconfig"],
  };
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs, ...state } }),
    call: ({ token }) => {
      throw new Error(`no mock for ${token}`);
    },
  });
  const outputs = readOutputs(new pulumi.StackReference("organization/fastapi-eks/dev"));
  expect(await value(outputs("clusterName"))).toBe("orders");
  expect(await pulumi.isSecret(outputs("clusterName"))).toBe(false);
  expect(await value(outputs("kubeconfig"))).toBe("{}");
  expect(await pulumi.isSecret(outputs("kubeconfig"))).toBe(true);
});

const value = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => {
    output.apply(resolve);
  });

test.each([
  [contractVersion, undefined],
  [
    3,
    "dev: got outputs of contract version 3; allowed: 2; fix: take over its outputs.ts, as docs/outputs.md says",
  ],
  [0, "dev: got outputs of contract version 0; allowed: 2; fix: deploy that stack with a newer program"],
  [
    undefined,
    "dev: got outputs of contract version none; allowed: 2; fix: deploy that stack with a newer program",
  ],
])("version %s", (version, problem) => {
  expect(versionProblem("dev", version)).toBe(problem);
});
