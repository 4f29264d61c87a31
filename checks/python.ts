import { parser } from "@lezer/python";

export type Node = ReturnType<typeof parser.parse>["topNode"];

/** What can be known of a value without running anything; undefined when that isn't enough. */
export type Literal = string | boolean | null | readonly string[] | undefined;

export interface Call {
  node: Node;
  /** The called function by its full name, such as `alembic.op.add_column`; a result's method as `….f().g`. */
  name: string;
  args: Node[];
  keywords: ReadonlyMap<string, Node>;
  /** Whether `*` or `**` bring arguments that can't be seen. */
  isOpen: boolean;
}

/** A Python file as its syntax tree. Nothing of it is ever run. */
export class PythonFile {
  readonly root: Node;
  readonly #source: string;
  readonly #imports: ReadonlyMap<string, string>;

  constructor(source: string) {
    this.#source = source;
    this.root = parser.parse(source).topNode;
    this.#imports = new Map(find(this.root, "ImportStatement").flatMap((node) => this.#importsOf(node)));
  }

  text(node: Node): string {
    return this.#source.slice(node.from, node.to);
  }

  line(node: Node): number {
    return this.#source.slice(0, node.from).split("\n").length;
  }

  /** Where the parser gave up, if it did. */
  get brokenLine(): number | undefined {
    const [broken] = find(this.root, "⚠");
    return broken && this.line(broken);
  }

  /** What a module-level name is set to. */
  assigned(name: string): Node | undefined {
    const values = children(this.root)
      .filter((node) => node.name === "AssignStatement")
      .filter(({ firstChild }) => firstChild && this.text(firstChild) === name)
      .map(({ lastChild }) => lastChild ?? undefined);
    return values.at(-1);
  }

  /** The body of a module-level function. */
  function(name: string): Node | undefined {
    return children(this.root)
      .filter((node) => node.name === "FunctionDefinition")
      .find((node) => {
        const called = node.getChild("VariableName");
        return called && this.text(called) === name;
      })
      ?.getChild("Body") as Node | undefined;
  }

  literal(node: Node | undefined): Literal {
    switch (node?.name) {
      case "None":
        return null;
      case "Boolean":
        return this.text(node) === "True";
      case "String":
        // Prefixes and escapes mean more than what is between the quotes.
        return this.text(node).match(/^("""|'''|"|')([^\\]*)\1$/)?.[2];
      case "ContinuedString":
        return this.#strings(node)?.join("");
      case "ParenthesizedExpression":
        return this.literal(values(node)[0]);
      case "TupleExpression":
      case "ArrayExpression":
        return this.#strings(node);
      default:
        return undefined;
    }
  }

  call(node: Node): Call {
    const groups = argumentGroups(node.getChild("ArgList"));
    const [keywords, positional] = [new Map<string, Node>(), [] as Node[]];
    let isOpen = false;
    for (const [first, second, third] of groups) {
      if (!first) continue;
      if (second?.name === "AssignOp" && third) keywords.set(this.text(first), third);
      else if (second) isOpen = true;
      else positional.push(first);
    }
    return { node, name: this.#nameOf(node.firstChild), args: positional, keywords, isOpen };
  }

  #strings(node: Node): string[] | undefined {
    const items = values(node).map((item) => this.literal(item));
    return items.every((item) => typeof item === "string") ? items : undefined;
  }

  /** Names that were imported count by where they are from; `?` stands for what isn't known. */
  #nameOf(node: Node | null): string {
    if (node?.name === "VariableName") return this.#imports.get(this.text(node)) ?? `?.${this.text(node)}`;
    if (node?.name === "CallExpression") return `${this.#nameOf(node.firstChild)}()`;
    const property = node?.getChild("PropertyName");
    return node && property ? `${this.#nameOf(node.firstChild)}.${this.text(property)}` : "?";
  }

  #importsOf(node: Node): [name: string, from: string][] {
    const words = children(node).map((child) => this.text(child));
    const at = words.indexOf("import");
    const module = words[0] === "from" ? `${words.slice(1, at).join("")}.` : "";
    const clauses = words.slice(at + 1).filter((word) => word !== "(" && word !== ")");
    return splitAt(clauses, (word) => word === ",").map((clause) => {
      const [path, alias] = clause.join(" ").replaceAll(" . ", ".").split(" as ");
      // `import a.b` binds `a`; `import a.b as c` binds `c` to all of it.
      const bound = module || alias ? path : path?.split(".")[0];
      return [alias ?? bound ?? "", `${module}${bound}`];
    });
  }
}

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

/** What stands between brackets and commas. */
function values(node: Node): Node[] {
  return children(node).filter(({ name }) => !["(", ")", "[", "]", ","].includes(name));
}

function argumentGroups(list: Node | null): Node[][] {
  const inside = list ? children(list).slice(1, -1) : [];
  return splitAt(inside, ({ name }) => name === ",");
}

function splitAt<T>(items: T[], isSeparator: (item: T) => boolean): T[][] {
  const groups: T[][] = [[]];
  for (const item of items) {
    if (isSeparator(item)) groups.push([]);
    else groups.at(-1)?.push(item);
  }
  return groups.filter((group) => group.length > 0);
}
