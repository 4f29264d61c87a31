// What both pictures show of a component: resources by type, those on the critical path first.
import type { Graph, Stage, Step } from "./graph.ts";
import { minutes } from "./graph.ts";

export interface Row {
  /** `Subnet ×9` */
  label: string;
  /** How long one of them takes; nothing when it is about a second. */
  time: string;
  critical: boolean;
}

export function rowsOf({ component }: Stage, { steps }: Graph): Row[] {
  const inside = steps.filter((step) => step.component === component);
  const groups = [...Map.groupBy(inside, ({ type }) => type.split(":").at(-1) as string)];
  const rows = groups.map(([kind, members]) => {
    const seconds = Math.max(...members.map(duration));
    return {
      label: members.length > 1 ? `${kind} ×${members.length}` : kind,
      time: seconds >= 6 ? minutes(seconds) : "",
      critical: members.some(({ critical }) => critical),
      seconds,
    };
  });
  return rows.sort((a, b) => Number(b.critical) - Number(a.critical) || b.seconds - a.seconds);
}

function duration({ start, end }: Step): number {
  return end - start;
}

/** Whether the critical path goes from one component straight to the other. */
export function isCritical({ criticalPath }: Graph, from: string, to: string): boolean {
  const index = criticalPath.indexOf(from);
  return index >= 0 && criticalPath[index + 1] === to;
}
