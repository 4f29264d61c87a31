// Auto Mode's storage driver on a node, a process in its box: kubelet asks it to mount volumes where pods see them.
// Arguments: the node, its zone.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { driver, zoneLabel } from "./volume-rules.ts";
import { findVolume, volumeContents } from "./volumes.ts";

const [node, zone] = process.argv.slice(2) as [string, string];
const execute = promisify(execFile);

const kubelet = "/run/kubelet";
const endpoint = `${kubelet}/plugins/${driver}/csi.sock`;
const registration = `${kubelet}/plugins_registry/${driver}-reg.sock`;

const isMounted = (path: string): boolean =>
  readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .some((line) => line.split(" ")[4] === path);

interface Publish {
  volumeId: string;
  targetPath: string;
  readonly: boolean;
}

async function publish({ volumeId, targetPath, readonly }: Publish): Promise<object> {
  if (!findVolume(volumeId)) throw new Error(`The volume '${volumeId}' does not exist.`);
  mkdirSync(targetPath, { recursive: true });
  if (isMounted(targetPath)) return {};
  await execute("mount", ["--bind", volumeContents(volumeId), targetPath]);
  if (readonly) await execute("mount", ["-o", "remount,bind,ro", targetPath]);
  return {};
}

async function unpublish({ targetPath }: Omit<Publish, "readonly">): Promise<object> {
  if (isMounted(targetPath)) await execute("umount", [targetPath]);
  if (existsSync(targetPath)) rmdirSync(targetPath);
  return {};
}

type Handlers = Record<string, (request: never) => object | Promise<object>>;

/** A gRPC service from async functions; kubelet shows what they throw as an event of the pod. */
function implement(handlers: Handlers): grpc.UntypedServiceImplementation {
  const unary =
    // biome-ignore lint/suspicious/noExplicitAny: requests differ by method.
      (handler: Handlers[string]): grpc.handleUnaryCall<any, object> =>
      async (call, callback) => {
        try {
          callback(null, await handler(call.request as never));
        } catch (error) {
          callback({ code: grpc.status.INTERNAL, details: (error as Error).message });
        }
      };
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, unary(handler)]));
}

/** Serves what a file of this folder describes, by the names of its services. */
function serve(socket: string, file: string, services: Record<string, Handlers>): Promise<number> {
  const definition = loadSync(join(import.meta.dirname, file));
  const server = new grpc.Server();
  for (const [name, handlers] of Object.entries(services)) {
    server.addService(definition[name] as grpc.ServiceDefinition, implement(handlers));
  }
  mkdirSync(join(socket, ".."), { recursive: true });
  // That of a box that was killed.
  rmSync(socket, { force: true });
  return new Promise((resolve, reject) =>
    server.bindAsync(`unix:${socket}`, grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
}

/** The keys that Auto Mode's nodes give: `kubectl get csinodes` on such a cluster (2026-11). */
const segments = {
  "eks.amazonaws.com/compute-type": "auto",
  "topology.ebs.csi.eks.amazonaws.com/zone": zone,
  [zoneLabel]: zone,
};

await serve(endpoint, "csi.proto", {
  "csi.v1.Identity": {
    GetPluginInfo: () => ({ name: driver, vendorVersion: "1" }),
    GetPluginCapabilities: () => ({}),
    Probe: () => ({}),
  },
  "csi.v1.Node": {
    NodeGetInfo: () => ({ nodeId: node, accessibleTopology: { segments } }),
    NodeGetCapabilities: () => ({}),
    NodePublishVolume: publish,
    NodeUnpublishVolume: unpublish,
  },
});
await serve(registration, "plugin-registration.proto", {
  "pluginregistration.Registration": {
    GetInfo: () => ({ type: "CSIPlugin", name: driver, endpoint, supportedVersions: ["1.0.0"] }),
    NotifyRegistrationStatus({ pluginRegistered, error }: { pluginRegistered: boolean; error: string }) {
      if (!pluginRegistered) console.error(error);
      return {};
    },
  },
});
