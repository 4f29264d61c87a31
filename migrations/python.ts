import { parser } from "@lezer/python";
import { type Binding, bindingsIn } from "./bindings.ts";
import { children, find, type Node, splitAt } from "./tree.ts";

/** What the source alone says of a value. Undefined where one would have to run it. */
type Literal = string | boolean | null | readonly string[] | undefined;

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
  readonly #bindings: ReadonlyMap<string, readonly Binding[]>;

  constructor(source: string) {
    this.#source = source;
    this.root = parser.parse(source).topNode;
    this.#bindings = Map.groupBy(
      bindingsIn(this.root, (node) => this.text(node)),
      ({ name }) => name,
    );
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

  /** Where an imported name gets a second meaning. `*` may import any name. */
  get ambiguity(): { name: string; line: number } | undefined {
    const found = [...this.#bindings.values()].flatMap((bindings) => {
      const imported = bindings.find(({ from }) => from);
      return bindings.filter(({ name, from }) => imported && (from !== imported.from || name === "*"));
    });
    return found[0] && { name: found[0].name, line: this.line(found[0].node) };
  }

  /** What a module-level name is set to, if only once. */
  assigned(name: string): Node | undefined {
    return this.#once(name)?.value;
  }

  /** The body of a module-level function, if nothing else has its name. */
  function(name: string): Node | undefined {
    const node = this.#once(name)?.node;
    return (node?.name === "FunctionDefinition" && node.getChild("Body")) || undefined;
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
      case "VariableName":
        return this.literal(this.#valueOf(node));
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

  /** A name is resolved to its import or to what it is set to. `?` stands for what isn't known. */
  #nameOf(node: Node | null): string {
    if (node?.name === "VariableName") {
      const [binding] = this.#visible(node);
      const value = this.#valueOf(node);
      if (value) return this.#nameOf(value);
      return binding ? (binding.from ?? `?.${binding.name}`) : `builtins.${this.text(node)}`;
    }
    if (node?.name === "CallExpression") return `${this.#nameOf(node.firstChild)}()`;
    const property = node?.getChild("PropertyName");
    return node && property ? `${this.#nameOf(node.firstChild)}.${this.text(property)}` : "?";
  }

  /** Only names that are set once, and further up. So no name can lead back to itself. */
  #valueOf(node: Node): Node | undefined {
    const [binding, ...more] = this.#visible(node);
    return binding?.value && more.length === 0 && binding.value.to < node.from ? binding.value : undefined;
  }

  #visible(node: Node): Binding[] {
    const bindings = this.#bindings.get(this.text(node)) ?? [];
    return bindings.filter(({ scope }) => scope.from <= node.from && node.to <= scope.to);
  }

  #once(name: string): Binding | undefined {
    const [binding, ...more] = this.#bindings.get(name) ?? [];
    return more.length === 0 && binding?.node.parent?.name === this.root.name ? binding : undefined;
  }
}

/** What stands between brackets and commas. */
function values(node: Node): Node[] {
  return children(node).filter(({ name }) => !["(", ")", "[", "]", ","].includes(name));
}

function argumentGroups(list: Node | null): Node[][] {
  const inside = list ? children(list).slice(1, -1) : [];
  return splitAt(inside, ({ name }) => name === ",");
}
