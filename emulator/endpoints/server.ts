// What pods reach of AWS' services: a process that answers at the names of their endpoints, over TLS. Argument: its
// address.
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import { authority, issue } from "../engines/certificates.ts";
import { endpointsFolder } from "../engines/endpoints.ts";
import { s3 } from "../s3/service.ts";
import { secretsManager } from "../secretsmanager/service.ts";
import type { Service } from "./service.ts";

const [address] = process.argv.slice(2) as [string];
const services = [s3, secretsManager];

interface Endpoint {
  service: Service;
  /** What its name says. */
  groups: Record<string, string | undefined>;
}

function find(host: string): Endpoint | undefined {
  for (const service of services) {
    const groups = service.endpoint.exec(host)?.groups;
    if (groups) return { service, groups };
  }
  return undefined;
}

const ca = await authority(endpointsFolder("pki"), "ca");
const contexts = new Map<string, Promise<SecureContext>>();

async function contextFor([name = "", ...others]: string[]): Promise<SecureContext> {
  const subject = { commonName: name, names: [name, ...others] };
  const { certificate, key } = await issue(ca, endpointsFolder("pki"), name, subject);
  return createSecureContext({ cert: certificate, key });
}

/** One certificate for a service in a region, as AWS has it. */
function certificateFor(host: string): Promise<SecureContext> {
  const { service, groups } = find(host) ?? {};
  if (!service) return Promise.reject(new Error(`the emulator has no endpoint ${host}`));
  const names = service.names(groups?.region ?? "");
  const key = names.join();
  const context = contexts.get(key) ?? contextFor(names);
  contexts.set(key, context);
  return context;
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { service, groups = {} } = find(request.headers.host ?? "") ?? {};
  const { status, headers, body } = service
    ? await service.answer(request, groups)
    : { status: 421, headers: {}, body: `the emulator has no endpoint ${request.headers.host}` };
  const length = typeof body === "string" ? { "content-length": String(Buffer.byteLength(body)) } : {};
  response.writeHead(status, { ...length, ...headers });
  if (request.method === "HEAD" || body === undefined) response.end();
  else if (typeof body === "string") response.end(body);
  else await pipeline(Readable.from(body), response);
  // What is left of a body that was refused.
  request.resume();
}

const server = createServer(
  {
    SNICallback: (host, done) => {
      certificateFor(host).then(
        (context) => done(null, context),
        (error) => done(error),
      );
    },
  },
  (request, response) => {
    respond(request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  },
);
server.listen(443, address);
