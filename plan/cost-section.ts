import { difference, dollars } from "./cost.ts";
import { list, type Section, sums, table, text } from "./document.ts";
import type { Plan, Side } from "./plan.ts";

export function costSection({ side, against, comparison }: Plan): Section {
  const { cost, region } = side;
  const delta = comparison ? `, ${difference(comparison.cents)} against ${against?.label}` : "";
  const elsewhere = cost.region === region ? "" : `, not ${region}, where prices differ`;
  return {
    title: "Monthly cost",
    summary: `${dollars(cost.totalCents)}${delta}`,
    blocks: [
      text(
        `Prices of ${cost.region}${elsewhere}, as of ${cost.date}; never fetched. Without taxes and usage.`,
      ),
      comparison && against ? comparedTable(side, against, comparison) : ownTable(side),
      text("What it is made of:"),
      table(
        ["resource", "what", "a month"],
        cost.lines.map(({ resource, what, cents }) => [resource, what, dollars(cents)]),
      ),
      text(`**Nodes are an assumption:** ${cost.nodes.count}, because ${cost.nodes.because}.`),
      text("**Charged by use, not in the sum:**"),
      list(
        [...Map.groupBy(cost.usageBased, ({ rate }) => rate)].map(([rate, of]) => `${rate} (${names(of)})`),
      ),
      text(`**Not priced:** ${notPriced(side)}.`),
      text(`**Free by themselves:** ${cost.free.map((type) => `\`${type}\``).join(", ")}.`),
      text("**Sources:**"),
      list(cost.sources),
    ],
  };
}

function names(resources: { resource: string }[]): string {
  return resources.map(({ resource }) => `\`${resource}\``).join(", ");
}

function notPriced({ cost }: Side): string {
  if (cost.notPriced.length === 0) return "nothing";
  return cost.notPriced.map(({ resource, type, why }) => `\`${resource}\` (\`${type}\`): ${why}`).join("; ");
}

function ownTable({ cost }: Side) {
  const rows = Object.entries(cost.components).map(([component, cents]) => [component, dollars(cents)]);
  return sums(["component", "a month"], [...rows, ["total", dollars(cost.totalCents)]]);
}

function comparedTable(side: Side, against: Side, comparison: NonNullable<Plan["comparison"]>) {
  const amount = ({ cost }: Side, component: string) => dollars(cost.components[component] ?? 0);
  const rows = Object.entries(comparison.componentCents).map(([component, cents]) => [
    component,
    amount(against, component),
    amount(side, component),
    difference(cents),
  ]);
  const total = [dollars(against.cost.totalCents), dollars(side.cost.totalCents)];
  return sums(
    ["component", against.label, side.label, "change"],
    [...rows, ["total", ...total, difference(comparison.cents)]],
  );
}
