import * as grpc from "@grpc/grpc-js";
import eventsService from "@pulumi/pulumi/proto/events_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/events_pb.js";
import { expect, test } from "vitest";
import { listening } from "../../emulator/cli/events.ts";
import { changeLog, renderTimeline, timeline } from "../../emulator/cli/timeline.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::fastapi-eks::${type}::${name}`;
const begin = (timestamp: number, op: string, type: string, name: string) => ({
  timestamp,
  resourcePreEvent: { metadata: { op, urn: urn(type, name) } },
});
const end = (timestamp: number, op: string, type: string, name: string) => ({
  timestamp,
  resOutputsEvent: { metadata: { op, urn: urn(type, name) } },
});

test("components are listed in the order in which they were done, with what changed in them", () => {
  const events = [
    { timestamp: 100 },
    begin(100, "create", "pulumi:pulumi:Stack", "fastapi-eks-dev"),
    begin(100, "create", "fastapi-eks:index:Cluster", "cluster"),
    begin(100, "create", "fastapi-eks:index:Network", "network"),
    begin(103, "create", "fastapi-eks:index:Cluster$aws:eks/cluster:Cluster", "cluster"),
    begin(101, "create", "fastapi-eks:index:Network$aws:ec2/vpc:Vpc", "vpc"),
    end(102, "create", "fastapi-eks:index:Network$aws:ec2/vpc:Vpc", "vpc"),
    begin(102, "same", "fastapi-eks:index:Image$docker:index/image:Image", "image"),
    begin(104, "create", "aws:vpc/rule:Rule", "from-cluster"),
    end(105, "create", "aws:vpc/rule:Rule", "from-cluster"),
    end(110, "create", "fastapi-eks:index:Cluster$aws:eks/cluster:Cluster", "cluster"),
  ];
  const { changes, take } = changeLog();
  for (const event of events) take(JSON.stringify(event));
  const spans = timeline(changes);
  expect(spans).toEqual([
    { component: "Network", resources: 1, start: 1, end: 2 },
    { component: "from-cluster", resources: 1, start: 4, end: 5 },
    { component: "Cluster", resources: 1, start: 3, end: 10 },
  ]);
  const [network, rule, cluster] = renderTimeline(spans, 10).split("\n");
  expect(network).toBe("Network      1 s  █         1 resource");
  expect(rule).toBe("from-cluster 1 s     █      1 resource");
  expect(cluster).toBe("Cluster      7 s    ███████ 1 resource");
});

test("an update without an event has no timeline", () => {
  expect(timeline(changeLog().changes)).toEqual([]);
});

test("of an update's events only the steps are kept, none of their values", async () => {
  const { changes, take } = changeLog();
  const event = {
    timestamp: 7,
    resOutputsEvent: {
      metadata: { op: "create", urn: urn("random:index:P", "p"), new: { outputs: { result: "s3cret" } } },
    },
  };
  await listening(take, async (eventLog) => {
    const client = new eventsService.EventsClient(
      eventLog.replace("tcp://", ""),
      grpc.credentials.createInsecure(),
    );
    await new Promise<void>((resolve, reject) => {
      const stream = client.streamEvents((error: unknown) => (error ? reject(error) : resolve()));
      const request = new proto.EventRequest();
      request.setEvent(JSON.stringify(event));
      stream.write(request);
      stream.end();
    });
    client.close();
  });
  expect(changes).toEqual([{ op: "create", urn: urn("random:index:P", "p"), seconds: 0 }]);
});
