// Arithmetic on IPv4 networks.
import type { Constraint } from "../provider/properties.ts";

interface Network {
  /** First and last address, as numbers. */
  first: number;
  last: number;
  prefixLength: number;
}

function parse(cidr: string): Network | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  if (!match) return undefined;
  const [, ...numbers] = match.map(Number);
  const prefixLength = numbers.pop() ?? 0;
  if (prefixLength > 32 || numbers.some((byte) => byte > 255)) return undefined;
  const first = numbers.reduce((address, byte) => address * 256 + byte, 0);
  const size = 2 ** (32 - prefixLength);
  return first % size === 0 ? { first, last: first + size - 1, prefixLength } : undefined;
}

function network(cidr: string): Network {
  const result = parse(cidr);
  if (!result) throw new Error(`${cidr} is no IPv4 network`);
  return result;
}

/** Its prefix's. */
export const lengthOf = (cidr: string): number => network(cidr).prefixLength;

export function overlaps(one: string, other: string): boolean {
  const [a, b] = [network(one), network(other)];
  return a.first <= b.last && b.first <= a.last;
}

export function contains(outer: string, inner: string): boolean {
  const [a, b] = [network(outer), network(inner)];
  return a.first <= b.first && b.last <= a.last;
}

/** An IPv4 network of the given size without host bits, inside one of `ranges` if there are any. */
export function cidr(
  largest: number,
  smallest: number,
  code?: string,
  ranges: string[] = [],
): Constraint<string> {
  const inRange = (value: string) => ranges.length === 0 || ranges.some((range) => contains(range, value));
  const test = (value: string) => {
    const prefixLength = parse(value)?.prefixLength ?? -1;
    return prefixLength >= largest && prefixLength <= smallest && inRange(value);
  };
  const place = ranges.length > 0 ? ` inside ${ranges.join(" or ")}` : "";
  return {
    test,
    code,
    allowed: `an IPv4 network from /${largest} to /${smallest} without host bits${place}`,
  };
}
