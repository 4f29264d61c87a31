import { AWS, blocks, HTTPS, type Way } from "./policies.ts";

/** The ways that a description asks for. */
export function reached(reaches: readonly string[] = []): Way[] {
  return reaches.flatMap((reach) => {
    if (reach === "https") return [HTTPS];
    if (reach === "aws") return AWS;
    const [cidr = "", port] = reach.split(":");
    return [{ peers: blocks([cidr]), port: Number(port) }];
  });
}
