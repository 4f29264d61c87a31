// The rules of a node's pods in the form that iptables-restore takes at once, or not at all.
import { createHash } from "node:crypto";
import type { PodRules, Ports, Rule } from "./rules.ts";

/** Of all chains here. */
const PREFIX = "POLICY-";
const OUT = `${PREFIX}OUT`;
const IN = `${PREFIX}IN`;

/** Calls are judged as their pod makes them, before a Service's address becomes a pod's, as Auto Mode's nodes do. */
const hooks = { PREROUTING: OUT, FORWARD: IN };

class Chains {
  readonly rules = new Map<string, string[]>();

  /** The name of the chain with these rules; the same for all that have the same. */
  add(rules: string[]): string {
    const name = `${PREFIX}${createHash("sha256").update(rules.join("\n")).digest("hex").slice(0, 16)}`;
    this.rules.set(name, rules);
    return name;
  }
}

function port({ protocol, from, to }: Ports): string {
  const name = protocol.toLowerCase();
  return from === undefined ? ` -p ${name}` : ` -p ${name} --dport ${from}:${to}`;
}

function verdicts(rules: readonly Rule[], side: "-s" | "-d", chains: Chains): string {
  const lines = rules.flatMap(({ cidr, except, ports }) => {
    const target =
      except.length === 0
        ? "ACCEPT"
        : chains.add([...except.map((inner) => `${side} ${inner} -j RETURN`), "-j ACCEPT"]);
    const each = ports.length === 0 ? [""] : ports.map(port);
    return each.map((match) => `${side} ${cidr}${match} -j ${target}`);
  });
  return chains.add([...new Set(lines), "-j DROP"]);
}

const known = "-m conntrack --ctstate ESTABLISHED,RELATED -j RETURN";

/**
 * @param saved what iptables-save says of the table
 * @param kubelets addresses that no policy cuts off
 */
export function restoration(saved: string, pods: readonly PodRules[], kubelets: readonly string[]): string {
  const chains = new Chains();
  chains.rules.set(OUT, [
    known,
    ...pods.flatMap(({ address, egress }) =>
      egress ? [`-s ${address} -j ${verdicts(egress, "-d", chains)}`] : [],
    ),
  ]);
  chains.rules.set(IN, [
    known,
    ...kubelets.map((address) => `-s ${address} -j RETURN`),
    ...pods.flatMap(({ address, ingress }) =>
      // A pod that calls itself by its Service.
      ingress
        ? [`-s ${address} -d ${address} -j RETURN`, `-d ${address} -j ${verdicts(ingress, "-s", chains)}`]
        : [],
    ),
  ]);
  const old = [...saved.matchAll(/^:(\S+)/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name.startsWith(PREFIX));
  const names = [...new Set([...chains.rules.keys(), ...old])];
  const entries = Object.entries(hooks).filter(([hook, chain]) => !saved.includes(`-A ${hook} -j ${chain}`));
  return [
    "*mangle",
    // Empties those that are there.
    ...names.map((name) => `:${name} - [0:0]`),
    ...entries.map(([hook, chain]) => `-A ${hook} -j ${chain}`),
    ...[...chains.rules].flatMap(([name, rules]) => rules.map((rule) => `-A ${name} ${rule}`)),
    ...old.filter((name) => !chains.rules.has(name)).map((name) => `-X ${name}`),
    "COMMIT",
    "",
  ].join("\n");
}
