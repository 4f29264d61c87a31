// S3's data plane, at the names of its endpoints.
import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { accountId } from "../aws/account.ts";
import { Unsupported } from "../aws/policy-evaluation.ts";
import { type Answer, callerOf, type Service } from "../endpoints/service.ts";
import { identify } from "./authentication.ts";
import { expectBucket } from "./buckets.ts";
import { notImplemented, S3Error } from "./error.ts";
import { perform } from "./operations.ts";
import { xml } from "./xml.ts";

async function answer(request: IncomingMessage, host: string | undefined, region: string): Promise<Answer> {
  const [path = "/", query = ""] = (request.url ?? "/").split(/\?(.*)/s);
  const { method = "", headers } = request;
  const session = identify({ method, path, query, headers }, region);
  // The bucket stands in the host's name, or first in the path.
  const [name = "", ...rest] = host ? [host, path.slice(1)] : path.slice(1).split("/");
  if (name === "") throw notImplemented("requests without a bucket");
  const bucket = expectBucket(decodeURIComponent(name), region);
  const owner = headers["x-amz-expected-bucket-owner"];
  if (owner && owner !== accountId) throw new S3Error("AccessDenied", 403, "Access Denied");
  return perform({
    caller: callerOf(request, session, region),
    bucket,
    key: decodeURIComponent(rest.join("/")),
    ...{ method, headers, body: request },
    query: new URLSearchParams(query.replaceAll("+", "%2B")),
  });
}

function asS3Error(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  if (error instanceof Unsupported) return notImplemented(error.message);
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

export const s3: Service = {
  endpoint: /^(?:(?<bucket>.+)\.)?s3\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/,
  names: (region) => [`s3.${region}.amazonaws.com`, `*.s3.${region}.amazonaws.com`],
  async answer(request, { bucket, region = "" }) {
    const given = await answer(request, bucket, region).catch((error) => refusal(error, request.url));
    const id = randomBytes(8).toString("hex").toUpperCase();
    return { ...given, headers: { "x-amz-request-id": id, ...given.headers } };
  },
};
