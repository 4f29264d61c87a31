// The plan for people: first what it means, then each detail in a section.
import { type Bar, bars } from "./bars.ts";
import { budgetsSection, connections } from "./budgets-section.ts";
import type { Change } from "./changes.ts";
import { total } from "./cost.ts";
import { costChange, costSection } from "./cost-section.ts";
import { code, type Document, list, plural, type Section, table, text } from "./document.ts";
import { minutes, type Stage } from "./graph.ts";
import { mermaid } from "./mermaid.ts";
import type { Plan, Side } from "./plan.ts";
import { svg } from "./svg.ts";

export function report(plan: Plan): Document {
  const { side, against } = plan;
  return {
    title: against ? `Plan: \`${side.label}\` compared with \`${against.label}\`` : `Plan: \`${side.label}\``,
    headlines: headlines(plan),
    sections: [
      ...(side.warnings.length > 0 ? [warningsSection(side.warnings)] : []),
      ...(plan.comparison ? [changesSection(plan.comparison.changes)] : []),
      ...(plan.notCompared ? [notComparedSection(plan.notCompared)] : []),
      costSection(plan),
      graphSection(side),
      orderSection(side),
      ...(side.budgets ? [budgetsSection(side.budgets, against)] : []),
      destroySection(side, against),
      manifestsSection(side),
    ],
  };
}

export function headlines(plan: Plan): string[] {
  const { side, comparison, notCompared } = plan;
  const { graph, cost, destroy, budgets, warnings } = side;
  const delta = comparison ? ` (${costChange(plan)})` : "";
  const missing = cost.notPriced.length;
  const sum = missing > 0 ? total(cost) : `about ${total(cost)}`;
  const unknown = missing > 0 ? ` and ${plural(missing, "charge")} not priced` : "";
  const blocked = new Set(destroy.blocks.map(({ resource }) => resource));
  return [
    ...(comparison ? [`**Changes:** ${countChanges(comparison.changes)}.`] : []),
    ...(notCompared ? [`**Changes:** unknown, since \`${notCompared.label}\` can't be evaluated.`] : []),
    `**Cost:** ${sum} a month${delta}, without usage${unknown}.`,
    `**From nothing:** ${plural(graph.steps.length, "resource")} in about ${minutes(graph.seconds)}, by ${graph.criticalPath.join(" → ")}.`,
    ...(budgets ? [`**Connections:** ${connections(budgets)}.`] : []),
    ...(warnings.length > 0 ? [`**Warnings:** ${warnings.map(subject).join(", ")}.`] : []),
    `**Destroy:** ${blocked.size > 0 ? `blocked by ${[...blocked].map((name) => `\`${name}\``).join(", ")}` : "nothing blocks it"}.`,
  ];
}

/** Each warning begins with what it is about, as a problem does. */
const subject = (warning: string): string => warning.split(":", 1).join();

function warningsSection(warnings: string[]): Section {
  return {
    title: "Warnings",
    summary: plural(warnings.length, "warning"),
    blocks: [list(warnings)],
  };
}

function countChanges(changes: Change[]): string {
  const count = (op: Change["op"]) => changes.filter((change) => change.op === op).length;
  if (changes.length === 0) return "none";
  return `${count("create")} to create, ${count("update")} that differ, ${count("delete")} to delete`;
}

const order = { delete: 0, update: 1, create: 2 };
const signs = { delete: "−", update: "~", create: "+" };

/** What could hurt comes first. */
function changesSection(changes: Change[]): Section {
  const sorted = changes.toSorted((a, b) => order[a.op] - order[b.op]);
  const lines = sorted.flatMap(({ op, resource, type, properties }) => [
    `${signs[op]} ${resource} (${type})`,
    ...properties.map(({ path, before, after }) => `    ${path}: ${before ?? "—"} → ${after ?? "—"}`),
  ]);
  return {
    title: "Changes",
    summary: countChanges(changes),
    blocks:
      lines.length > 0 ? [code("text", `${lines.join("\n")}\n`)] : [text("Both ask for the same resources.")],
  };
}

function notComparedSection({ label, why }: NonNullable<Plan["notCompared"]>): Section {
  return {
    title: "Changes",
    summary: why.split("\n", 1).join(),
    blocks: [
      text(`\`${label}\` can't be evaluated, so this is the plan of one side:`),
      code("text", `${why}\n`),
    ],
  };
}

function graphSection({ graph, label }: Side): Section {
  return {
    title: "Graph",
    summary: `critical path ${graph.criticalPath.join(" → ")}`,
    blocks: [
      text(
        "The critical path is what the whole has to wait for. Minutes are what AWS usually takes (`plan/durations.ts`), from the start.",
      ),
      { kind: "picture", mermaid: mermaid(graph), svg: svg(graph, label) },
      code("text", bars(graph.stages.map(bar))),
    ],
  };
}

function bar({ component, start, end, critical, resources }: Stage): Bar {
  const note = `${plural(resources, "resource")}${critical ? ", critical" : ""}`;
  return { name: component, amount: minutes(end), from: start, to: end, note };
}

function orderSection({ graph }: Side): Section {
  return {
    title: "Order of creation",
    summary: `${plural(graph.steps.length, "resource")}, ready after ${minutes(graph.seconds)}`,
    blocks: [
      text("On the critical path are those in **bold**."),
      table(
        ["resource", "type", "component", "starts", "ready"],
        graph.steps.map(({ name, type, component, start, end, critical }) => [
          critical ? `**${name}**` : name,
          type.split(":").at(-1) ?? type,
          component,
          minutes(start),
          minutes(end),
        ]),
      ),
    ],
  };
}

function destroySection({ destroy, label, stack }: Side, against: Side | null): Section {
  const { blocks, leavesBehind } = destroy;
  const tell = ({ resource, why }: (typeof blocks)[number]) => `\`${resource}\`: ${why}`;
  const names = new Set(blocks.map(({ resource }) => resource)).size;
  const other = against && new Set(against.destroy.blocks.map(({ resource }) => resource)).size;
  return {
    title: "Destroy",
    summary: names > 0 ? `${plural(names, "resource")} would block it` : "nothing would block it",
    blocks: [
      ...(blocks.length > 0
        ? [
            text(`\`pulumi destroy\` of \`${label}\` would be refused by:`),
            list(blocks.map(tell)),
            text(
              `To allow it: \`pulumi config set protect false --stack ${stack}\`, then \`pulumi up\`, then \`pulumi destroy\`.`,
            ),
          ]
        : [text(`Nothing would keep \`pulumi destroy\` from deleting \`${label}\`.`)]),
      ...(other === null
        ? []
        : [text(`In \`${against?.label}\`, ${plural(other, "resource")} would block it.`)]),
      ...(leavesBehind.length > 0 ? [text("It would leave behind:"), list(leavesBehind.map(tell))] : []),
    ],
  };
}

function manifestsSection({ manifests }: Side): Section {
  return {
    title: "Kubernetes manifests",
    summary: plural(manifests.length, "object"),
    blocks: [
      text(
        "What is written with a dollar sign and braces is known once that resource exists; secrets are masked.",
      ),
      code("yaml", manifests.map(({ yaml }) => yaml).join("---\n")),
    ],
  };
}
