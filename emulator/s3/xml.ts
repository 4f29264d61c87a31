// The XML that S3 answers with.

export type Element = string | number | boolean | undefined | Element[] | { [name: string]: Element };

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
};
const escapeText = (text: string): string => text.replace(/[&<>"\r]/g, (sign) => entities[sign] ?? sign);

/** A list stands for one element of that name for each item. */
function render(name: string, value: Element): string {
  if (value === undefined) return "";
  if (Array.isArray(value)) return value.map((item) => render(name, item)).join("");
  const content =
    typeof value === "object"
      ? Object.entries(value)
          .map(([child, inner]) => render(child, inner))
          .join("")
      : escapeText(String(value));
  return `<${name}>${content}</${name}>`;
}

export const xml = (root: string, value: Element): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, value)}`;
