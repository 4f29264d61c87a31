// The engine's events while it works, over gRPC as Pulumi's Automation API takes them: its log on disk would keep
// secrets in clear.
import * as grpc from "@grpc/grpc-js";
import eventsService from "@pulumi/pulumi/proto/events_grpc_pb.js";
import type proto from "@pulumi/pulumi/proto/events_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";

type Stream = grpc.ServerReadableStream<InstanceType<typeof proto.EventRequest>, unknown>;

/** Runs `work`, whose Pulumi command sends its events to the given `--event-log`; `take` gets each of them, as JSON. */
export async function listening<T>(
  take: (event: string) => void,
  work: (eventLog: string) => Promise<T>,
): Promise<T> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  server.addService(eventsService.EventsService, {
    streamEvents(stream: Stream, done: grpc.sendUnaryData<unknown>) {
      stream.on("data", (request) => take(request.getEvent()));
      stream.on("end", () => done(null, new empty.Empty()));
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  try {
    return await work(`tcp://127.0.0.1:${port}`);
  } finally {
    server.forceShutdown();
  }
}
