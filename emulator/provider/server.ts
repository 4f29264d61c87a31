// Serves a provider to Pulumi's engine. @pulumi/pulumi's own server knows neither previews of outputs nor detailed
// diffs, which make a preview on the emulator say what one on AWS would.
import * as grpc from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import grpcService from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Difference } from "./diff.ts";
import type { Problem } from "./properties.ts";
import type { Bag } from "./values.ts";

export interface Resource {
  id: string;
  outputs: Bag;
}

/** What a plugin answers to the engine; `preview` asks what would come out without doing it. */
export interface Provider {
  version: string;
  /** Takes the provider's own configuration, in which objects are JSON. */
  configure?(config: Bag): void;
  check(urn: string, olds: Bag, news: Bag): { inputs: Bag; failures: Problem[] };
  diff(urn: string, state: Bag, inputs: Bag): { differences: Difference[]; deleteBeforeReplace: boolean };
  create(urn: string, inputs: Bag, preview: boolean): Promise<Resource>;
  /** Undefined when it is gone. */
  read(urn: string, id: string, state: Bag): Resource | undefined;
  update(urn: string, id: string, state: Bag, inputs: Bag, preview: boolean): Promise<Bag>;
  /** `timeoutSeconds` is what the program allows it to take; 0 leaves that to the provider. */
  delete(urn: string, id: string, timeoutSeconds: number): Promise<void>;
  invoke?(token: string, args: Bag): Bag | Promise<Bag>;
}

const toStruct = (bag: Bag) =>
  struct.Struct.fromJavaScript(bag as Parameters<typeof struct.Struct.fromJavaScript>[0]);
const fromStruct = (message: { toJavaScript(): object } | undefined): Bag =>
  (message?.toJavaScript() ?? {}) as Bag;

type Handler = (request: never) => Promise<unknown>;

/** A gRPC method from an async function; what it throws reaches the person as it is. */
const unary =
  (handler: Handler): grpc.handleUnaryCall<never, unknown> =>
  (call, callback) => {
    handler(call.request).then(
      (response) => callback(null, response),
      (error) =>
        callback({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : `${error}` }),
    );
  };

function checkResponse({ inputs, failures }: ReturnType<Provider["check"]>) {
  const response = new proto.CheckResponse();
  response.setInputs(toStruct(inputs));
  for (const { property, reason } of failures) {
    const failure = new proto.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

function diffResponse({ differences, deleteBeforeReplace }: ReturnType<Provider["diff"]>) {
  const { DIFF_SOME, DIFF_NONE } = proto.DiffResponse.DiffChanges;
  const { UPDATE, UPDATE_REPLACE } = proto.PropertyDiff.Kind;
  const response = new proto.DiffResponse();
  response.setChanges(differences.length > 0 ? DIFF_SOME : DIFF_NONE);
  response.setDeletebeforereplace(deleteBeforeReplace);
  response.setHasdetaileddiff(true);
  for (const { property, replaces } of differences) {
    const detail = new proto.PropertyDiff();
    detail.setKind(replaces ? UPDATE_REPLACE : UPDATE);
    response.addDiffs(property);
    response.getDetaileddiffMap().set(property, detail);
    if (replaces) response.addReplaces(property);
  }
  return response;
}

function handlers(provider: Provider): Record<string, Handler> {
  return {
    async getPluginInfo() {
      const info = new plugin.PluginInfo();
      info.setVersion(provider.version);
      return info;
    },
    async configure(request: InstanceType<typeof proto.ConfigureRequest>) {
      provider.configure?.(fromStruct(request.getArgs()));
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setAcceptresources(true);
      response.setSupportspreview(true);
      return response;
    },
    async check(request: InstanceType<typeof proto.CheckRequest>) {
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      return checkResponse(provider.check(request.getUrn(), olds, news));
    },
    async diff(request: InstanceType<typeof proto.DiffRequest>) {
      const [state, inputs] = [fromStruct(request.getOlds()), fromStruct(request.getNews())];
      return diffResponse(provider.diff(request.getUrn(), state, inputs));
    },
    async create(request: InstanceType<typeof proto.CreateRequest>) {
      const inputs = fromStruct(request.getProperties());
      const { id, outputs } = await provider.create(request.getUrn(), inputs, request.getPreview());
      const response = new proto.CreateResponse();
      response.setId(id);
      response.setProperties(toStruct(outputs));
      return response;
    },
    async read(request: InstanceType<typeof proto.ReadRequest>) {
      const found = provider.read(request.getUrn(), request.getId(), fromStruct(request.getProperties()));
      const response = new proto.ReadResponse();
      response.setId(found?.id ?? "");
      response.setProperties(toStruct(found?.outputs ?? {}));
      response.setInputs(request.getInputs());
      return response;
    },
    async update(request: InstanceType<typeof proto.UpdateRequest>) {
      const response = new proto.UpdateResponse();
      const outputs = await provider.update(
        request.getUrn(),
        request.getId(),
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
        request.getPreview(),
      );
      response.setProperties(toStruct(outputs));
      return response;
    },
    async delete(request: InstanceType<typeof proto.DeleteRequest>) {
      await provider.delete(request.getUrn(), request.getId(), request.getTimeout());
      return new empty.Empty();
    },
    async invoke(request: InstanceType<typeof proto.InvokeRequest>) {
      if (!provider.invoke) throw new Error(`the emulator doesn't know ${request.getTok()}`);
      const response = new proto.InvokeResponse();
      response.setReturn(toStruct(await provider.invoke(request.getTok(), fromStruct(request.getArgs()))));
      return response;
    },
    cancel: async () => new empty.Empty(),
    attach: async () => new empty.Empty(),
  };
}

/** Listens on loopback and tells the engine the port, as every plugin does, by its first line of output. */
export function serve(provider: Provider): void {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  const methods = Object.entries(handlers(provider)).map(([name, handler]) => [name, unary(handler)]);
  server.addService(grpcService.ResourceProviderService, Object.fromEntries(methods));
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  // An engine that was killed says no goodbye. What it has asked for is done, as AWS would do it.
  const engine = process.ppid;
  const look = () => process.ppid === engine || server.tryShutdown(() => process.exit());
  setInterval(look, 1000).unref();
}
