// What an update did, from the engine's own events: which component, when, for how long.
import { bars } from "../../plan/bars.ts";
import { plural } from "../../plan/document.ts";

interface Step {
  op: string;
  urn: string;
}

interface EngineEvent {
  /** Seconds since 1970; the engine has no finer ones. */
  timestamp: number;
  resourcePreEvent?: { metadata: Step };
  resOutputsEvent?: { metadata: Step };
}

interface Span {
  component: string;
  resources: number;
  /** Seconds since the update began. */
  start: number;
  end: number;
}

/** Neither the stack itself nor a default provider is anything that one sees come up. */
const isChange = ({ op, urn }: Step): boolean =>
  !["same", "read", "refresh"].includes(op) && !/::pulumi:(pulumi:Stack|providers:\w+)::/.test(urn);

const isComponent = (type: string): boolean => type.startsWith("fastapi-eks:index:");

const typesOf = (urn: string): string[] => urn.split("::")[2]?.split("$") ?? [];

/** The outermost component that a resource belongs to, or its own name. */
function componentOf(urn: string): string {
  const component = typesOf(urn).find(isComponent);
  return component?.split(":").at(-1) ?? (urn.split("::").at(-1) as string);
}

export interface Change extends Step {
  /** Seconds since the update began. */
  seconds: number;
}

/** Takes an update's events in their order, and keeps each step as it begins and as it ends, without its values. */
export function changeLog() {
  const changes: Change[] = [];
  let origin: number | undefined;
  const take = (event: string): void => {
    const { timestamp, resourcePreEvent, resOutputsEvent } = JSON.parse(event) as EngineEvent;
    origin ??= timestamp;
    const step = (resourcePreEvent ?? resOutputsEvent)?.metadata;
    if (step && isChange(step)) changes.push({ op: step.op, urn: step.urn, seconds: timestamp - origin });
  };
  return { changes, take };
}

/** One span for each component that changed, in the order in which they were done. */
export function timeline(changes: Change[]): Span[] {
  const spans = new Map<string, Span>();
  const urns = new Map<string, Set<string>>();
  for (const { urn, seconds } of changes) {
    // It is there before any of its resources; nothing has come up with it.
    if (isComponent(typesOf(urn).at(-1) ?? "")) continue;
    const component = componentOf(urn);
    const seen = (urns.get(component) ?? new Set()).add(urn);
    urns.set(component, seen);
    const start = spans.get(component)?.start ?? seconds;
    spans.set(component, { component, resources: seen.size, start, end: seconds });
  }
  return [...spans.values()].sort((a, b) => a.end - b.end || a.start - b.start);
}

/** A bar for each span, on one scale. */
export function renderTimeline(spans: Span[], width = 48): string {
  const rows = spans.map(({ component, resources, start, end }) => ({
    name: component,
    amount: `${end - start} s`,
    from: start,
    to: end,
    note: plural(resources, "resource"),
  }));
  return bars(rows, width).trimEnd();
}
