import { difference, dollars, total } from "./cost.ts";
import { list, type Section, sums, table, text } from "./document.ts";
import type { Plan, Side } from "./plan.ts";

export function costSection(plan: Plan): Section {
  const { side, against, comparison } = plan;
  const { cost } = side;
  const delta = comparison ? `, ${costChange(plan)} against ${against?.label}` : "";
  return {
    title: "Monthly cost",
    summary: `${total(cost)}${delta}`,
    blocks: [
      text(
        `Prices of ${cost.region}${elsewhere(side)}. They were collected on ${cost.date}, and are as old as their sources below say; never fetched. Without taxes and usage.`,
      ),
      comparison && against ? comparedTable(side, against, comparison) : ownTable(side),
      text("What it is made of:"),
      table(
        ["resource", "what", "a month"],
        cost.lines.map(({ resource, what, cents }) => [resource, what, dollars(cents)]),
      ),
      text(
        cost.nodes.instanceType
          ? `**Nodes are an assumption:** ${cost.nodes.count}, because ${cost.nodes.because}.`
          : `**Nodes aren't in the sum:** ${cost.nodes.because}.`,
      ),
      text("**Charged by use, not in the sum:**"),
      list(
        [...Map.groupBy(cost.usageBased, ({ rate }) => rate)].map(([rate, of]) => `${rate} (${names(of)})`),
      ),
      text(`**Not priced:** ${notPriced(side)}.`),
      text(`**Free by themselves:** ${cost.free.map((type) => `\`${type}\``).join(", ")}.`),
      text("**Sources:**"),
      list(cost.sources.map((source) => source.replace(/https:\S+/, "`$&`"))),
    ],
  };
}

/** The sum of what both sides have a price for. */
export function costChange({ side, against, comparison }: Plan): string {
  const isPartial = [side, against].some((one) => one && one.cost.notPriced.length > 0);
  return `${difference(comparison?.cents ?? 0)}${isPartial ? " of what is priced" : ""}`;
}

function elsewhere({ cost, region }: Side): string {
  if (region === "") return "; this stack sets no `aws:region`, and elsewhere they differ";
  return region === cost.region ? "" : `, not ${region}, where prices differ`;
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
  return sums(["component", "a month"], [...rows, ["total", total(cost)]]);
}

function comparedTable(side: Side, against: Side, comparison: NonNullable<Plan["comparison"]>) {
  const amount = ({ cost }: Side, component: string) => dollars(cost.components[component] ?? 0);
  const rows = Object.entries(comparison.componentCents).map(([component, cents]) => [
    component,
    amount(against, component),
    amount(side, component),
    difference(cents),
  ]);
  return sums(
    ["component", against.label, side.label, "change"],
    [...rows, ["total", total(against.cost), total(side.cost), difference(comparison.cents)]],
  );
}
