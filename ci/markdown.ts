// Text from elsewhere, made safe to stand in a comment.

/** Backticks, `least` or more, that nothing in the text ends. */
export function fence(text: string, least: number): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  return "`".repeat(Math.max(least, ...runs.map((length) => length + 1)));
}

/** A code span: nothing in it is Markdown, HTML or a mention, nor ends the table's cell. */
export function code(text: string, longest = 80): string {
  const line = text.replace(/\s+/g, " ").trim() || " ";
  const short = line.length > longest ? `${line.slice(0, longest)}…` : line;
  const marks = fence(short, 1);
  const space = /^`|`$/.test(short) ? " " : "";
  return `${marks}${space}${short.replaceAll("|", "\\|")}${space}${marks}`;
}

/** A code block of the text's end, where errors say what they are. */
export function block(text: string, longest = 20_000): string {
  const end = text.length > longest ? `…\n${text.slice(-longest)}` : text;
  const marks = fence(end, 3);
  return `${marks}text\n${end}\n${marks}`;
}

const INVISIBLE = "\u200b";

/** What breaks when the invisible character comes after it. */
const dangerous = [
  /<(?!\/?(?:details|summary|br|b|i)\s*\/?>|details open>)/gi,
  // Entities other than those of < > & could spell any of the others.
  /&(?!(?:lt|gt|amp|#60|#62|#38);)/g,
  // Mentions, references, links.
  /@/g,
  /(?<!&)#(?=\d)/g,
  /\bGH(?=-\d)/gi,
  // What makes links in a Mermaid diagram.
  /\b(?:click|callback|links?)(?=\s)/gi,
  /\](?=[([])/g,
  // A definition of a link, but not the class of a node in a Mermaid graph.
  /\](?=:(?!::))/g,
  /:(?=\\?\/)/g,
  /www(?=\.)/gi,
];

// biome-ignore lint/suspicious/noControlCharactersInRegex: they have no business in a comment, nor has what hides.
const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Markdown that anybody may have written: tables, headings, folds and code stay; mentions, links, images, references,
 * HTML and hidden comments become plain text, by a character that doesn't show, so that code stays readable.
 */
export function untrusted(markdown: string): string {
  return dangerous.reduce(
    (text, pattern) => text.replace(pattern, `$&${INVISIBLE}`),
    markdown.replace(unprintable, ""),
  );
}
