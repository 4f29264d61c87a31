import { LEAST_ZONES } from "../components/rollout.ts";
import type { Budgets } from "./budgets.ts";
import { type Block, code, list, plural, type Section, table, text } from "./document.ts";
import type { Side } from "./plan.ts";

export function budgetsSection(budgets: Budgets, against: Side | null): Section {
  const { availability, grace } = budgets;
  const { minReplicas, maxReplicas, zones, leftInDrain, leftWithoutZone } = availability;
  return {
    title: "Budgets",
    summary: `connections ${connections(budgets)}; ${minReplicas} to ${maxReplicas} pods over ${plural(zones, "zone")}`,
    blocks: [
      ...connectionBlocks(budgets, against),
      text(
        `**Memory** that a pod's workers take before any request: ${budgets.memory.sum}, of ${budgets.memory.limitMiB}.`,
      ),
      text("**Grace chain:** how a pod goes without a failed request, and who waits how long for one."),
      code("text", `${grace.picture.join("\n")}\n`),
      text("**Addresses** of one zone, when everything lands in it; every zone has the same."),
      table(
        ["subnet", "CIDR", "needed", "usable", "needed for"],
        budgets.addresses.map((row) => [
          row.subnet,
          row.cidr,
          row.needed.toLocaleString("en-US"),
          row.available.toLocaleString("en-US"),
          row.sum,
        ]),
      ),
      text(
        `**Availability:** ${minReplicas} to ${maxReplicas} pods over ${plural(zones, "zone")}; at the least ${leftInDrain} left while a node is drained, ${leftWithoutZone} when a zone is lost; what it took ${zones > LEAST_ZONES ? "starts in the others" : "waits until it is back"}.`,
      ),
      ...migrations(budgets),
    ],
  };
}

function connectionBlocks(budgets: Budgets, against: Side | null): Block[] {
  if (!budgets.connections) return [];
  const before = against?.budgets ? ` (\`${against.label}\`: ${connections(against.budgets)})` : "";
  return [
    text(
      `**Connections** when all replicas and the pod that an update adds have full pools: ${connections(budgets)}${before}.`,
    ),
    code("text", `${budgets.connections.sum}, of ${budgets.connections.available}\n`),
    text(
      "Pods that an update stops aren't counted: each keeps its pool until it has drained, so a quick update may need more.",
    ),
  ];
}

export function connections({ connections }: Budgets): string {
  if (!connections) return "none, without PostgreSQL";
  return `${connections.needed} of ${connections.available} on ${connections.instanceClass}`;
}

function migrations({ pinnedImage, breakingRevisions }: Budgets): Block[] {
  if (pinnedImage) {
    return [
      text(
        `**Schema:** \`imageDigest\` pins ${pinnedImage}, which brings its own revisions; those of the source don't count.`,
      ),
    ];
  }
  if (breakingRevisions.length === 0) return [text("**Schema:** no revision takes anything away.")];
  const items = breakingRevisions.flatMap(({ revision, isAcknowledged, what }) =>
    what.map((step) => `\`${revision}\`, ${isAcknowledged ? "acknowledged" : "not acknowledged"}: ${step}`),
  );
  return [text("**Schema:** what may break the running version"), list(items)];
}
