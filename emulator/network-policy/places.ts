// Policies name addresses as they are in AWS. Here most things have another one, of the emulator's own network.
import { BlockList } from "node:net";
import type { PodRules, Rule } from "./rules.ts";

/** Addresses here, and those that they would be in AWS: an address, or the subnet that it is one of. */
export interface Place {
  here: string;
  inAws: string;
}

const parts = (cidr: string): [address: string, bits: number] => {
  const [address = "", bits = "32"] = cidr.split("/");
  return [address, Number(bits)];
};

function contains(outer: string, inner: string): boolean {
  const [address, bits] = parts(inner);
  const [network, prefix] = parts(outer);
  if (prefix > bits) return false;
  if (prefix === 0) return true;
  const block = new BlockList();
  block.addSubnet(network, prefix);
  return block.check(address);
}

const overlap = (one: string, other: string): boolean => contains(one, other) || contains(other, one);

/** A block allows a place if all of what that would be in AWS is in it. */
function place(rule: Rule, places: readonly Place[]): Rule[] {
  if (!rule.isBlock) return [rule];
  const allows = ({ inAws }: Place) =>
    contains(rule.cidr, inAws) && !rule.except.some((except) => overlap(except, inAws));
  const cut = places.filter((candidate) => !allows(candidate) && contains(rule.cidr, candidate.here));
  return [
    ...places.filter(allows).map(({ here }) => ({ ...rule, cidr: here, except: [] })),
    // As it is too: load balancers call from their subnets, and a pod's own address may be named.
    { ...rule, except: [...rule.except, ...cut.map(({ here }) => here)] },
  ];
}

export const placed = (rules: PodRules, places: readonly Place[]): PodRules => ({
  ...rules,
  ...(rules.ingress && { ingress: rules.ingress.flatMap((rule) => place(rule, places)) }),
  ...(rules.egress && { egress: rules.egress.flatMap((rule) => place(rule, places)) }),
});
