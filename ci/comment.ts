// A preview as Markdown: what is dangerous first, the rest of it folded.
import { masked } from "./credentials.ts";
import type { Finding } from "./firewall.ts";
import { block, code } from "./markdown.ts";
import {
  changedPaths,
  isDeleted,
  isReplaced,
  keysOf,
  nameOf,
  type Preview,
  type Step,
  typeOf,
  UNKNOWN,
  valueAt,
} from "./preview.ts";
import { isSecret } from "./secrets.ts";

/** GitHub takes 65,536; the rest is for what the sender adds. */
export const LONGEST = 65_000;
const ROOM_FOR_THE_END = 200;
const MOST_CHANGES = 6;

/** In this order. */
const kinds = [
  { verb: "delete", of: isDeleted, open: true },
  { verb: "replace", of: isReplaced, open: true },
  { verb: "update", of: ({ op }: Step) => op === "update", open: false },
  { verb: "create", of: ({ op }: Step) => op === "create", open: false },
];

export function render(preview: Preview, findings: readonly Finding[]): string {
  const groups = group(preview.steps);
  const parts = [
    `### ${code(preview.stack)}: ${headline(preview, groups)}`,
    ...(findings.length > 0 ? [firewall(findings)] : []),
    ...(preview.error ? [block(preview.error)] : []),
    ...groups.flatMap(table),
  ];
  return cut(parts.join("\n\n"), preview.stack);
}

interface Group {
  verb: string;
  open: boolean;
  steps: Step[];
}

function group(steps: Step[]): Group[] {
  const known = kinds.map(({ verb, of, open }) => ({ verb, open, steps: steps.filter(of) }));
  const other = steps.filter((step) => !kinds.some(({ of }) => of(step)));
  return [...known, { verb: "change otherwise", open: true, steps: other }].filter(
    ({ steps }) => steps.length > 0,
  );
}

function headline({ error }: Preview, groups: Group[]): string {
  if (error) return "the preview failed";
  if (groups.length === 0) return "nothing changes";
  return groups.map(({ verb, steps }) => `${steps.length} to ${verb}`).join(", ");
}

function firewall(findings: readonly Finding[]): string {
  const items = findings.map(
    ({ urn, what, why, fix }) => `> - ${code(nameOf(urn))} ${plain(what)}: ${why}. To fix it, ${fix}.`,
  );
  return [
    "> [!CAUTION]",
    `> **The firewall stops this (${findings.length}).**`,
    ...items,
    ">",
    "> To lose something on purpose, add the label `allow-replacement`. A secret in plain text has to be fixed.",
  ].join("\n");
}

/** The property paths in it are the program's: they must not become Markdown, HTML or mentions. */
const plain = (text: string): string =>
  text.replace(/[^A-Za-z0-9\s,.:-]/gu, (sign) => `&#${sign.codePointAt(0)};&#8203;`);

function table({ verb, open, steps }: Group): string[] {
  const rows = steps.map(
    (step) => `| ${code(nameOf(step.urn))} | ${code(typeOf(step.urn))} | ${changes(step)} |`,
  );
  return [
    `<details${open ? " open" : ""}><summary>${steps.length} to ${verb}</summary>`,
    ["| resource | type | changes |", "|-|-|-|", ...rows].join("\n"),
    "</details>",
  ];
}

function changes(step: Step): string {
  const paths = changedPaths(step);
  const shown = paths.slice(0, MOST_CHANGES).map((path) => change(step, path));
  const rest = paths.length - shown.length;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join("<br>");
}

function change(step: Step, path: string): string {
  const why = step.replaceReasons?.includes(path) ? "**replaces** " : "";
  const [before, after] = [step.oldState, step.newState].map((state) => valueAt(state?.inputs, keysOf(path)));
  return `${why}${code(path)}${isSecret(step, path) ? "" : values(short(before), short(after))}`;
}

const values = (before?: string, after?: string): string =>
  before || after ? `: ${before ?? "none"} → ${after ?? "none"}` : "";

/** Only what fits a cell; objects and lists don't. */
function short(value: unknown): string | undefined {
  if (value === UNKNOWN) return "known later";
  return ["string", "number", "boolean"].includes(typeof value) ? code(masked(String(value)), 60) : undefined;
}

/** Cuts between lines, and closes the fold that it cuts. */
function cut(text: string, stack: string): string {
  if (text.length <= LONGEST) return text;
  const kept = text.slice(0, LONGEST - ROOM_FOR_THE_END);
  const lines = kept.slice(0, kept.lastIndexOf("\n"));
  const isFolded = lines.lastIndexOf("<details") > lines.lastIndexOf("</details>");
  const command = code(`pulumi preview --stack ${stack}`);
  return `${lines}${isFolded ? "\n\n</details>" : ""}\n\n**Cut here:** run ${command} for the rest.`;
}
