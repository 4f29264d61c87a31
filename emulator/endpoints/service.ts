// What a service of AWS is to the server of its endpoints.
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Session } from "../aws/sessions.ts";
import type { Caller } from "./authorization.ts";

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Readable;
}

export interface Service {
  /** Its names, with a group `region`. */
  endpoint: RegExp;
  /** Of the certificate that it has in a region. */
  names(region: string): string[];
  /** Answers a request, and refuses it in the service's own words. */
  answer(request: IncomingMessage, endpoint: Record<string, string | undefined>): Promise<Answer>;
}

export function callerOf({ socket }: IncomingMessage, session: Session, region: string): Caller {
  const { remoteAddress = "" } = socket;
  const protocol = (socket as TLSSocket).getProtocol() ?? "";
  return { session, region, sourceIp: remoteAddress, tlsVersion: protocol.replace("TLSv", "") };
}
