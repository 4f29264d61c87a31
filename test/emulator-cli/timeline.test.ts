import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readTimeline, renderTimeline } from "../../emulator/cli/timeline.ts";

const folder = mkdtempSync(join(tmpdir(), "timeline-"));
const log = join(folder, "events.json");
afterAll(() => rmSync(folder, { recursive: true }));

const urn = (type: string, name: string) => `urn:pulumi:dev::fastapi-eks::${type}::${name}`;
const begin = (timestamp: number, op: string, type: string, name: string) => ({
  timestamp,
  resourcePreEvent: { metadata: { op, urn: urn(type, name) } },
});
const end = (timestamp: number, op: string, type: string, name: string) => ({
  timestamp,
  resOutputsEvent: { metadata: { op, urn: urn(type, name) } },
});

test("components are listed in the order in which they began, with what changed in them", () => {
  const events = [
    { timestamp: 100 },
    begin(100, "create", "pulumi:pulumi:Stack", "fastapi-eks-dev"),
    begin(103, "create", "fastapi-eks:index:Cluster$aws:eks/cluster:Cluster", "cluster"),
    begin(101, "create", "fastapi-eks:index:Network$aws:ec2/vpc:Vpc", "vpc"),
    end(102, "create", "fastapi-eks:index:Network$aws:ec2/vpc:Vpc", "vpc"),
    begin(102, "same", "fastapi-eks:index:Image$docker:index/image:Image", "image"),
    end(110, "create", "fastapi-eks:index:Cluster$aws:eks/cluster:Cluster", "cluster"),
  ];
  writeFileSync(log, events.map((event) => JSON.stringify(event)).join("\n"));
  const spans = readTimeline(log);
  expect(spans).toEqual([
    { component: "Network", resources: 1, start: 1, end: 2 },
    { component: "Cluster", resources: 1, start: 3, end: 10 },
  ]);
  const [network, cluster] = renderTimeline(spans, 10).split("\n");
  expect(network).toBe("Network 1 s  █         1 resource");
  expect(cluster).toBe("Cluster 7 s    ███████ 1 resource");
});

test("an update that never wrote a log has no timeline", () => {
  expect(readTimeline(join(folder, "none.json"))).toEqual([]);
});
