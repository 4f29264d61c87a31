import type { Fault, Grammar } from "./types.ts";

const octet = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const address = `${octet}(?:\\.${octet}){3}`;

const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** IANA's special-purpose addresses (RFC 6890): none of them is anybody's on the internet. */
const reservedRanges = [
  ...privateRanges,
  "0.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/3",
];

/** The addresses of the VPC, in which carve() finds a place for every subnet. */
export const vpcCidr: Grammar = {
  pattern: new RegExp(`${address}/16`),
  allowed: "a private /16 such as 10.0.0.0/16, which leaves room for four zones",
  fault: (cidr) =>
    hostBits(cidr) ?? (isWithin(cidr, privateRanges) ? undefined : { why: "which isn't private" }),
};

/**
 * Who may reach the public endpoint. EKS takes no reserved addresses (user guide, cluster-endpoint), and
 * refuses private and documentation ranges with "The following CIDRs are not allowed in publicAccessCidrs"
 * (public repositories quote it for 10.1.0.96/27 and 203.0.113.0/24; both 2026-11).
 */
export const publicCidr: Grammar & { example: string } = {
  pattern: new RegExp(`${address}/(?:[89]|[12]\\d|3[0-2])`),
  allowed: "public IPv4 CIDRs of a /8 or smaller",
  example: '"$(curl -s https://checkip.amazonaws.com)/32"',
  fault: (cidr) => hostBits(cidr) ?? reserved(cidr),
};

/** "Public endpoint access CIDR ranges per cluster", not adjustable (EKS quotas; containers-roadmap#2174; 2026-11). */
export const MOST_PUBLIC_CIDRS = 40;

/** Who may reach a load balancer: the check of both knows whether anybody comes from there. */
export const anyCidr: Grammar & { example: string } = {
  pattern: new RegExp(`${address}/(?:\\d|[12]\\d|3[0-2])`),
  allowed: "IPv4 CIDRs",
  example: '"$(curl -s https://checkip.amazonaws.com)/32"',
  fault: (cidr) => hostBits(cidr),
};

/** "Inbound rules per security group" is 60 (VPC's quotas, 2026-11), and each takes one at two ports. */
export const MOST_ALLOWED_CIDRS = 30;

function hostBits(cidr: string): Fault | undefined {
  const { first, bits } = range(cidr);
  const network = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".");
  const meant = `${network}/${bits}`;
  return meant === cidr ? undefined : { why: `whose network is ${meant}`, instead: meant };
}

function reserved(cidr: string): Fault | undefined {
  const met = reservedRange(cidr);
  return met === undefined ? undefined : { why: `which is reserved: nobody comes from ${met}` };
}

/** The special-purpose range that it overlaps, if any. */
export const reservedRange = (cidr: string): string | undefined =>
  reservedRanges.find((one) => isWithin(cidr, [one]) || isWithin(one, [cidr]));

function isWithin(cidr: string, ranges: readonly string[]): boolean {
  const inner = range(cidr);
  return ranges.map(range).some((outer) => inner.first >= outer.first && inner.last <= outer.last);
}

/** From the network's own address on. */
function range(cidr: string): { first: number; last: number; bits: number } {
  const [address = "", bits] = cidr.split("/");
  const size = 2 ** (32 - Number(bits));
  const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = number - (number % size);
  return { first, last: first + size - 1, bits: Number(bits) };
}
