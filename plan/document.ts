/** What every format is made from: sections of a few kinds of blocks. Text may hold `code`. */
export type Block =
  | { kind: "text"; text: string }
  | { kind: "list"; items: string[] }
  /** The first column names things, the others are aligned as numbers where `numbers` says so. */
  | { kind: "table"; head: string[]; rows: string[][]; numbers: boolean; last: "row" | "total" }
  | { kind: "code"; language: string; text: string }
  /** One picture in the form that each format can show. */
  | { kind: "picture"; mermaid: string; svg: string };

export interface Section {
  title: string;
  /** What the section says, in the few words that one reads while it is folded. */
  summary: string;
  blocks: Block[];
}

export interface Document {
  title: string;
  /** One line each, never folded. */
  headlines: string[];
  sections: Section[];
}

export const text = (line: string): Block => ({ kind: "text", text: line });
export const list = (items: string[]): Block => ({ kind: "list", items });
export const code = (language: string, content: string): Block => ({ kind: "code", language, text: content });

export function table(head: string[], rows: string[][]): Block {
  return { kind: "table", head, rows, numbers: false, last: "row" };
}

/** Amounts, the last row being their sum. */
export function sums(head: string[], rows: string[][]): Block {
  return { kind: "table", head, rows, numbers: true, last: "total" };
}

export const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
