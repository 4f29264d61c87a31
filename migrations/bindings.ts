import { children, type Node, splitAt } from "./tree.ts";

/** What gives a name its meaning. */
export interface Binding {
  name: string;
  node: Node;
  /** The function, or the whole file, in which it counts. */
  scope: Node;
  /** Where an imported name is from. */
  from?: string;
  /** What the name is set to, if to nothing but an expression. */
  value?: Node;
}

/** Every binding in a node, in the order of the source. */
export function bindingsIn(node: Node, text: (node: Node) => string, scope = node): Binding[] {
  const value = plainValue(node);
  const bound: Binding[] =
    node.name === "ImportStatement"
      ? importsOf(children(node).map(text)).map(([name, from]) => ({ name, node, scope, from }))
      : targets(node).map((target) => ({ name: text(target), node, scope, value }));
  const inner = node.name === "FunctionDefinition" ? node : scope;
  return [...bound, ...children(node).flatMap((child) => bindingsIn(child, text, inner))];
}

function importsOf(words: string[]): [name: string, from: string][] {
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

/** The names to which a node, other than an import, gives a meaning, or whose attributes or items it sets. */
function targets(node: Node): Node[] {
  const parts = children(node);
  switch (node.name) {
    case "AssignStatement":
    case "NamedExpression":
    case "UpdateStatement": {
      const last = parts.findLastIndex(({ name }) => name === "AssignOp" || name === "UpdateOp");
      return parts.slice(0, Math.max(last, 1)).flatMap(roots);
    }
    case "CapturePattern":
      return parts;
    case "ParamList":
      return parts.filter(
        ({ name, prevSibling }) => name === "VariableName" && prevSibling?.name !== "AssignOp",
      );
    default:
      return afterKeywords(parts);
  }
}

/** One target follows `as`, `class`, `def` and `type`; several stand between `for` and `in`, and after the rest. */
function afterKeywords(parts: Node[]): Node[] {
  let keyword = "";
  return parts.flatMap((part) => {
    const before = keyword;
    const isKeyword = /^(as|class|def|type|for|in|del|global|nonlocal)$/.test(part.name);
    if (isKeyword) keyword = part.name;
    else if (/^(as|class|def|type)$/.test(before)) keyword = "";
    return isKeyword || before === "" || before === "in" ? [] : roots(part);
  });
}

function roots(target: Node): Node[] {
  if (target.name === "VariableName") return [target];
  if (target.name === "TypeDef") return [];
  const [first] = children(target);
  return target.name === "MemberExpression" && first ? roots(first) : children(target).flatMap(roots);
}

/** What `name = …` or `name: type = …` sets the name to. */
function plainValue(node: Node): Node | undefined {
  const [target, equals, value, ...more] = children(node).filter(({ name }) => name !== "TypeDef");
  const isPlain = target?.name === "VariableName" && equals?.name === "AssignOp" && more.length === 0;
  return node.name === "AssignStatement" && isPlain ? value : undefined;
}
