// What an event cost, beside what it may cost.
import type { Goals, Outcome } from "./event.ts";
import type { Traffic } from "./traffic.ts";

export interface Row {
  name: string;
  goals: Goals;
  load: Traffic<unknown>;
  restarts: number;
  outcome: Outcome;
  seconds: number;
}

const inSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;

/** From the end of the cause to the last failure; nothing when nothing failed after it. */
function recoveryMilliseconds({ load, outcome }: Row): number {
  const { over } = outcome;
  return over === undefined ? 0 : Math.max(0, ...load.failures.map(({ at }) => at - over));
}

/** What was missed, in words; nothing when all goals were reached. */
export function missed(row: Row): string[] {
  const { goals, load, restarts, outcome } = row;
  const most = (
    what: string,
    value: number,
    goal: number | undefined,
    show: (value: number) => string = String,
  ) => (goal !== undefined && value > goal ? [`${what} ${show(value)}, goal at most ${show(goal)}`] : []);
  const seconds = (what: string, milliseconds: number, goal?: number) =>
    most(what, milliseconds, goal === undefined ? undefined : goal * 1000, inSeconds);
  const { requests = 0 } = goals;
  return [
    ...most("failed", load.failures.length, goals.failed),
    ...most("lost writes", load.lost.length, 0),
    ...most("duplicates", load.duplicates.length, 0),
    ...most("restarts", restarts, 0),
    ...most("manual steps", outcome.manualSteps ?? 0, 0),
    ...seconds("recovered", recoveryMilliseconds(row), goals.recoveredSeconds),
    ...seconds("slowest", load.latency.slowest, goals.slowestSeconds),
    ...seconds("slowest read", load.latency.slowestRead, goals.slowestReadSeconds),
    ...(load.requests < requests ? [`requests ${load.requests}, goal at least ${requests}`] : []),
    ...(outcome.missed ?? []),
  ];
}

const goalsInWords = ({
  failed,
  recoveredSeconds,
  slowestSeconds,
  slowestReadSeconds,
  requests,
}: Goals): string =>
  [
    failed === undefined ? [] : [`${failed} failed${requests ? ` of ≥ ${requests}` : ""}`],
    recoveredSeconds === undefined ? [] : [`recovered ≤ ${recoveredSeconds} s`],
    slowestSeconds === undefined ? [] : [`slowest ≤ ${slowestSeconds} s`],
    slowestReadSeconds === undefined ? [] : [`reads ≤ ${slowestReadSeconds} s`],
  ]
    .flat()
    .join(", ");

const head = [
  ...[
    "event",
    "requests",
    "failed",
    "lost writes",
    "duplicates",
    "slowest",
    "slowest read",
    "p99",
    "recovered",
  ],
  ...[
    "restarts",
    "manual steps",
    "took",
    "goals beside 0 lost, duplicates, restarts, steps",
    "reached",
    "note",
  ],
];

function cells(row: Row): string[] {
  const { name, load, restarts, outcome, goals, seconds } = row;
  return [
    name,
    ...[load.requests, load.failures.length, load.lost.length, load.duplicates.length].map(String),
    ...[load.latency.slowest, load.latency.slowestRead, load.latency.p99].map(inSeconds),
    outcome.over === undefined ? "" : inSeconds(recoveryMilliseconds(row)),
    ...[restarts, outcome.manualSteps ?? 0].map(String),
    `${Math.round(seconds)} s`,
    goalsInWords(goals),
    missed(row).length === 0 ? "yes" : "NO",
    outcome.note ?? "",
  ];
}

/** As Markdown, with columns that line up in a terminal as well. */
export function renderTable(rows: Row[]): string {
  const lines = [head, ...rows.map(cells)];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const render = (line: string[]) =>
    `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [first = [], ...others] = lines;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [render(first), rule, ...others.map(render)].join("\n");
}

/** How often each kind of failure was seen, most often first. */
export function failuresInWords({ failures }: Traffic<unknown>): string {
  const counts = new Map<string, number>();
  for (const { isWrite, what } of failures) {
    const kind = `${isWrite ? "write" : "read"} ${what}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([kind, count]) => `${count} × ${kind}`).join(", ");
}
