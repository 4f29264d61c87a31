// S3's data plane: a process that answers at the names of S3's endpoints, over TLS. Argument: its address.
import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { accountId } from "../aws/account.ts";
import { authority, issue } from "../engines/certificates.ts";
import { s3Folder } from "../engines/s3.ts";
import { expectBucket } from "./buckets.ts";
import { notImplemented, S3Error } from "./error.ts";
import type { Answer } from "./operation.ts";
import { perform } from "./operations.ts";
import { authenticate } from "./signature.ts";
import { xml } from "./xml.ts";

const [address] = process.argv.slice(2) as [string];

const endpoint = /^(?:(?<bucket>.+)\.)?s3\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/;

const ca = await authority(s3Folder("pki"), "ca");
const contexts = new Map<string, Promise<SecureContext>>();

/** One certificate for all buckets of a region, as S3 has it. */
async function contextFor(region: string): Promise<SecureContext> {
  const name = `s3.${region}.amazonaws.com`;
  const subject = { commonName: name, names: [name, `*.${name}`] };
  const { certificate, key } = await issue(ca, s3Folder("pki"), region, subject);
  return createSecureContext({ cert: certificate, key });
}

function certificateFor(host: string): Promise<SecureContext> {
  const region = endpoint.exec(host)?.groups?.region;
  if (!region) return Promise.reject(new Error(`${host} is no endpoint of S3`));
  const context = contexts.get(region) ?? contextFor(region);
  contexts.set(region, context);
  return context;
}

async function answer(request: IncomingMessage): Promise<Answer> {
  const [path = "/", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
  const { method = "", headers } = request;
  const { bucket: host, region = "" } = endpoint.exec(headers.host ?? "")?.groups ?? {};
  if (!region) throw notImplemented(`the host ${headers.host}`);
  const session = authenticate({ method, path, query, headers }, region);
  // The bucket stands in the host's name, or first in the path.
  const [name = "", ...rest] = host ? [host, path.slice(1)] : path.slice(1).split("/");
  if (name === "") throw notImplemented("requests without a bucket");
  const bucket = expectBucket(decodeURIComponent(name), region);
  const owner = headers["x-amz-expected-bucket-owner"];
  if (owner && owner !== accountId) throw new S3Error("AccessDenied", 403, "Access Denied");
  const socket = request.socket as TLSSocket;
  return perform({
    caller: {
      session,
      region,
      sourceIp: socket.remoteAddress ?? "",
      tlsVersion: socket.getProtocol()?.replace("TLSv", "") ?? "",
    },
    bucket,
    key: decodeURIComponent(rest.join("/")),
    ...{ method, headers, body: request },
    query: new URLSearchParams(query.replaceAll("+", "%2B")),
  });
}

function asS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  if (error instanceof URIError) return new S3Error("InvalidURI", 400, "Couldn't parse the specified URI.");
  return new S3Error("InternalError", 500, String(error));
}

function refusal(error: unknown, url = ""): Answer {
  const known = asS3Error(error);
  if (known.status === 500) console.error(error);
  const { code, status, message, headers } = known;
  const body = xml("Error", { Code: code, Message: message, Resource: url.split("?")[0] });
  return { status, headers: { ...headers, "content-type": "application/xml" }, body };
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, headers, body } = await answer(request).catch((error) => refusal(error, request.url));
  const length = typeof body === "string" ? { "content-length": String(Buffer.byteLength(body)) } : {};
  response.writeHead(status, {
    "x-amz-request-id": randomBytes(8).toString("hex").toUpperCase(),
    ...length,
    ...headers,
  });
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
