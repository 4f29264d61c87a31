import type { parser } from "@lezer/python";

export type Node = ReturnType<typeof parser.parse>["topNode"];

/** A node's children without the comments between them. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== "Comment") found.push(child);
  }
  return found;
}

/** Everything of a kind below a node, itself included, in the order of the source. */
export function find(node: Node, name: string): Node[] {
  return [...(node.name === name ? [node] : []), ...children(node).flatMap((child) => find(child, name))];
}

export function splitAt<T>(items: T[], isSeparator: (item: T) => boolean): T[][] {
  const groups: T[][] = [[]];
  for (const item of items) {
    if (isSeparator(item)) groups.push([]);
    else groups.at(-1)?.push(item);
  }
  return groups.filter((group) => group.length > 0);
}
