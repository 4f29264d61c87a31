// Secrets Manager's data plane, at the names of its endpoints, in the protocol "AWS JSON 1.1".
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { Unsupported } from "../aws/policy-evaluation.ts";
import { type Answer, callerOf, type Service } from "../endpoints/service.ts";
import { sha256 } from "../endpoints/signature.ts";
import { identify } from "./authentication.ts";
import { notImplemented, SecretsManagerError } from "./error.ts";
import { type Input, perform } from "./operations.ts";

function parse(body: Buffer): Input {
  try {
    const input = JSON.parse(body.toString());
    if (typeof input === "object" && input !== null) return input;
  } catch {
    // Refused below.
  }
  throw new SecretsManagerError("SerializationException", "The request's body is no JSON object");
}

async function answer(request: IncomingMessage, region: string): Promise<object> {
  const { method = "", url = "/", headers } = request;
  const [path = "/", query = ""] = url.split(/\?(.*)/s);
  const body = await buffer(request);
  const session = identify({ method, path, query, headers, payload: sha256(body) }, region);
  const [, operation] = /^secretsmanager\.(\w+)$/.exec(String(headers["x-amz-target"])) ?? [];
  if (method !== "POST" || path !== "/" || !operation)
    throw new SecretsManagerError("UnknownOperationException", "The request names no operation");
  return perform(callerOf(request, session, region), operation, parse(body));
}

function refusal(error: unknown): { status: number; body: object } {
  if (error instanceof Unsupported) return refusal(notImplemented(error.message));
  if (error instanceof SecretsManagerError)
    return { status: error.status, body: { __type: error.code, message: error.message } };
  console.error(error);
  return { status: 500, body: { __type: "InternalServiceError", message: String(error) } };
}

export const secretsManager: Service = {
  endpoint: /^secretsmanager\.(?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com$/,
  names: (region) => [`secretsmanager.${region}.amazonaws.com`],
  async answer(request, { region = "" }): Promise<Answer> {
    const { status, body } = await answer(request, region).then(
      (given) => ({ status: 200, body: given }),
      refusal,
    );
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amzn-requestid": randomUUID() };
    return { status, headers, body: JSON.stringify(body) };
  },
};
