// The report as a comment on a pull request: GitHub takes 65,536 characters, this stays below 60,000.
import { fence } from "../ci/markdown.ts";
import type { Block, Document, Section } from "./document.ts";

export const LIMIT = 60_000;

/** What can be cut: everything between `open` and `close`. */
interface Part {
  open: string[];
  lines: string[];
  close: string[];
}

export function toMarkdown({ title, headlines, sections }: Document, limit = LIMIT): string {
  const points = headlines.map((line) => `- ${escapeText(line)}`);
  const head = [`### ${escapeText(title)}`, "", ...points, ""].join("\n");
  const whole = sections.map((section) => fold(section, Number.POSITIVE_INFINITY));
  const share = fairShare(
    whole.map(({ length }) => length),
    limit - head.length - sections.length,
  );
  return [
    head,
    ...sections.map((section, index) =>
      (whole[index] as string).length > share ? fold(section, share) : whole[index],
    ),
  ].join("\n");
}

/** The most that each may take so that all fit: the short ones stay whole, the longest are cut. */
function fairShare(sizes: number[], available: number): number {
  let [left, share] = [available, 0];
  const sorted = sizes.toSorted((a, b) => a - b);
  for (const [index, size] of sorted.entries()) {
    share = Math.floor(left / (sorted.length - index));
    if (size > share) return share;
    left -= size;
  }
  return Number.POSITIVE_INFINITY;
}

function fold({ title, summary, blocks }: Section, limit: number): string {
  const open = `<details><summary><b>${escapeHtml(title)}</b>: ${escapeHtml(summary)}</summary>\n\n`;
  const close = "\n</details>\n";
  let room = limit - open.length - close.length;
  let body = "";
  for (const part of blocks.map(partOf)) {
    const text = cut(part, room);
    body += text;
    room -= text.length;
  }
  return open + body + close;
}

function cut({ open, lines, close }: Part, room: number): string {
  const whole = join([...open, ...lines, ...close]);
  if (whole.length <= room) return whole;
  const note = (left: number) =>
    `\n_${left} more lines: the HTML has them, which \`npm run plan\` writes and the run of a pull request keeps as its artifact._\n`;
  const kept: string[] = [];
  let used = join([...open, ...close]).length + note(lines.length).length;
  for (const line of lines) {
    used += line.length + 1;
    if (used > room) break;
    kept.push(line);
  }
  if (kept.length === 0) return note(lines.length).length <= room ? note(lines.length) : "";
  return join([...open, ...kept, ...close]) + note(lines.length - kept.length);
}

const join = (lines: string[]): string => `${lines.join("\n")}\n`;

function partOf(block: Block): Part {
  switch (block.kind) {
    case "text":
      return { open: [], lines: [escapeText(block.text), ""], close: [] };
    case "list":
      return { open: [], lines: block.items.map((item) => `- ${escapeText(item)}`), close: [""] };
    case "table":
      return tablePart(block);
    case "code":
      return fenced(block.language, block.text);
    case "picture": {
      // A graph that is cut is no graph.
      const { open, lines, close } = fenced("mermaid", block.mermaid);
      return { open: [], lines: [join([...open, ...lines, ...close])], close: [] };
    }
  }
}

function tablePart({ head, rows, numbers, last }: Extract<Block, { kind: "table" }>): Part {
  const row = (cells: string[]) =>
    `| ${cells.map((cell) => escapeText(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  const bold = (cells: string[]) => cells.map((cell) => `**${cell}**`);
  const align = head.map((_, column) => (numbers && column > 0 ? "---:" : "---"));
  const lines = rows.map((cells, index) =>
    row(last === "total" && index === rows.length - 1 ? bold(cells) : cells),
  );
  return { open: [row(head), `|${align.join("|")}|`], lines, close: [""] };
}

function fenced(language: string, content: string): Part {
  const marks = fence(content, 3);
  return { open: [`${marks}${language}`], lines: content.trimEnd().split("\n"), close: [marks, ""] };
}

const entities: Record<string, string> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "@<!-- -->" };

/** A comment behind the @, since GitHub mentions people even where it is escaped. */
function escapeHtml(text: string): string {
  return text.replace(/[<>&@]/g, (character) => entities[character] as string);
}

/** Everything but `code` and **bold** is plain text. */
function escapeText(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : escapeHtml(part.replace(/[_[\]#]/g, "\\$&"))))
    .join("");
}
