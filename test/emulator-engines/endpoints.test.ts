// Which pods get into a target group.
import { expect, test } from "vitest";
import {
  type EndpointSlice,
  endpointsOf,
  type Node,
  type Pod,
} from "../../emulator/load-balancer/endpoints.ts";

const services = [{ metadata: { name: "orders" }, spec: { ports: [{ name: "http", port: 80 }] } }];
const condition = (type: string, isTrue: boolean) => ({ type, status: isTrue ? "True" : "False" });
const node = (isReady: boolean): Node => ({
  metadata: { name: "node" },
  status: { conditions: [condition("Ready", isReady)] },
});
const pod = (areContainersReady: boolean): Pod => ({
  metadata: { name: "pod", namespace: "orders", uid: "1" },
  spec: { nodeName: "node" },
  status: { conditions: [condition("ContainersReady", areContainersReady)] },
});
const slice = (
  conditions: { ready?: boolean; terminating?: boolean },
  service = "orders",
): EndpointSlice => ({
  metadata: { labels: { "kubernetes.io/service-name": service } },
  ports: [{ name: "http", port: 8000 }],
  endpoints: [{ addresses: ["10.0.0.7"], conditions, targetRef: { kind: "Pod", name: "pod" } }],
});

const registered = (conditions: object, areContainersReady = true, isNodeReady = true) =>
  endpointsOf(
    { name: "orders", port: 80 },
    services,
    [slice(conditions)],
    [pod(areContainersReady)],
    [node(isNodeReady)],
  )?.length;

test.each([
  ["a ready pod", { ready: true }, true, true, 1],
  ["one that waits for its gate alone", { ready: false }, true, true, 1],
  ["one whose containers aren't ready", { ready: false }, false, true, 0],
  ["one that terminates", { ready: false, terminating: true }, true, true, 0],
  ["one whose node doesn't answer", { ready: false }, true, false, 0],
])("%s", (_, conditions, areContainersReady, isNodeReady, count) => {
  expect(registered(conditions, areContainersReady, isNodeReady)).toBe(count);
});

test("it has the pod's own port, which the Service's port stands for by number or name", () => {
  for (const port of [80, "http"])
    expect(
      endpointsOf({ name: "orders", port }, services, [slice({ ready: true })], [pod(true)], []),
    ).toMatchObject([{ ip: "10.0.0.7", port: 8000 }]);
});

test("another Service's pods are none of it, and a Service or port that isn't there is told from an empty one", () => {
  const other = [slice({ ready: true }, "other")];
  expect(endpointsOf({ name: "orders", port: 80 }, services, other, [pod(true)], [])).toEqual([]);
  expect(endpointsOf({ name: "orders", port: 81 }, services, other, [pod(true)], [])).toBeUndefined();
  expect(endpointsOf({ name: "none", port: 80 }, services, other, [pod(true)], [])).toBeUndefined();
});
