import type { FileBudget } from "../checks/file.ts";
import { LEAST_ZONES } from "../components/rollout.ts";
import type { Budgets } from "./budgets.ts";
import { type Block, code, list, plural, type Section, table, text } from "./document.ts";
import type { Side } from "./plan.ts";

export function budgetsSection(budgets: Budgets, against: Side | null): Section {
  const { availability, grace } = budgets;
  const { minReplicas, maxReplicas, zones } = availability;
  return {
    title: "Budgets",
    summary: budgets.file
      ? "one pod and one file, in one zone"
      : `connections ${connections(budgets)}; ${minReplicas} to ${maxReplicas} pods over ${plural(zones, "zone")}`,
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
      ...(budgets.file ? fileBlocks(budgets.file) : [availabilityBlock(availability)]),
      ...migrations(budgets),
    ],
  };
}

function connectionBlocks(budgets: Budgets, against: Side | null): Block[] {
  if (!budgets.connections) return [];
  const before = against?.budgets ? ` (\`${against.label}\`: ${connections(against.budgets)})` : "";
  const { sum, available, poolerClients } = budgets.connections;
  const when =
    poolerClients === null
      ? "when all replicas and the pod that an update adds have full pools"
      : "of the poolers when all their pools are full, an update replaces them, and a credential rotates";
  return [
    text(`**Connections** ${when}: ${connections(budgets)}${before}.`),
    code("text", `${sum}, of ${available}\n`),
    text(
      poolerClients === null
        ? "Pods that an update stops aren't counted: each keeps its pool until it has drained, so a quick update may need more."
        : `Each pooler takes ${poolerClients.toLocaleString("en-US")} connections of the service: as many as it can have while an update replaces its pods.`,
    ),
  ];
}

export function connections({ connections }: Budgets): string {
  if (!connections) return "none, without PostgreSQL";
  return `${connections.needed} of ${connections.available} on ${connections.instanceClass}`;
}

function availabilityBlock({
  minReplicas,
  maxReplicas,
  zones,
  leftInDrain,
  leftWithoutZone,
}: Budgets["availability"]): Block {
  return text(
    `**Availability:** ${minReplicas} to ${maxReplicas} pods over ${plural(zones, "zone")}; at the least ${leftInDrain} left while a node is drained, ${leftWithoutZone} when a zone is lost; what it took ${zones > LEAST_ZONES ? "starts in the others" : "waits until it is back"}.`,
  );
}

/** What SQLite can't do, said where one looks for it. */
function fileBlocks({ volumeGiB, largestGiB, outageSeconds }: FileBudget): Block[] {
  return [
    text(
      `**The database's file** may have ${largestGiB} of the volume's ${volumeGiB} GiB: a copy in the making takes as much again, and so does what is packed of it.`,
    ),
    text("**Availability:** one pod, on one volume, in one zone."),
    list([
      `Every update is an outage: the pod stops, the migration runs, a pod starts. At most ${outageSeconds} s, of which most is what a failure may take; a failed migration is an outage until the next \`up\`.`,
      "A drained or lost node is one as well, until the pod runs on another; a lost zone is one until it is back.",
      "One transaction writes at a time. More pods don't help, and there are none.",
      "What was written since the last hourly copy is lost with the volume.",
    ]),
  ];
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
