// STS' part: temporary credentials of a role. All that they say is in their token, signed with a key of the instance,
// and their secret follows from that key: nothing of them is kept.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dataPath } from "../engines/instance.ts";

export interface Session {
  accessKeyId: string;
  roleArn: string;
  name: string;
  /** Session tags, which policies see as `aws:PrincipalTag/<key>`. */
  tags: Record<string, string>;
  /** Milliseconds since 1970. */
  expiration: number;
}

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

function key(): string {
  const file = dataPath("sts", "key");
  mkdirSync(dataPath("sts"), { recursive: true, mode: 0o700 });
  try {
    // By whoever comes first.
    writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!existsSync(file)) throw error;
  }
  return readFileSync(file, "utf8");
}

const sign = (text: string): string => createHmac("sha256", key()).update(text).digest("base64url");

export const secretOf = (accessKeyId: string): string => sign(`secret ${accessKeyId}`).slice(0, 40);

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const newAccessKeyId = (): string =>
  `ASIA${[...randomBytes(16)].map((byte) => letters[byte % letters.length]).join("")}`;

export function newCredentials(session: Omit<Session, "accessKeyId">): Credentials {
  const accessKeyId = newAccessKeyId();
  const claims = Buffer.from(JSON.stringify({ ...session, accessKeyId })).toString("base64url");
  return {
    accessKeyId,
    secretAccessKey: secretOf(accessKeyId),
    sessionToken: `${claims}.${sign(`token ${claims}`)}`,
  };
}

/** The session of a token that was given out here, for that access key. */
export function findSession(accessKeyId: string, sessionToken: string): Session | undefined {
  const [claims = "", signature = ""] = sessionToken.split(".");
  const [given, wanted] = [signature, sign(`token ${claims}`)].map((text) => Buffer.from(text));
  if (given?.length !== wanted?.length || !timingSafeEqual(given as Buffer, wanted as Buffer))
    return undefined;
  const session: Session = JSON.parse(Buffer.from(claims, "base64url").toString());
  return session.accessKeyId === accessKeyId ? session : undefined;
}
