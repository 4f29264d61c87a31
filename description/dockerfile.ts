/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals. */
  name: string;
  /** What follows it, on one line, without its flags. */
  text: string;
  /** `--chmod=0700` as `chmod` -> `0700`. */
  flags: ReadonlyMap<string, string>;
  line: number;
}

/** What a Dockerfile says of the image that it ends with. */
export class Dockerfile {
  /** Of all stages. */
  readonly instructions: readonly Instruction[];
  /** Those of the last stage, and of the stages that it is built on, oldest first. */
  readonly final: readonly Instruction[];

  constructor(source: string) {
    this.instructions = instructionsOf(source);
    this.final = finalStage(this.instructions);
  }

  /** Of an instruction that counts once, the last. */
  last(name: string): Instruction | undefined {
    return this.final.findLast((instruction) => instruction.name === name);
  }

  /** Whether an image to build from comes from this build argument. */
  buildsFrom(argument: string): boolean {
    const uses = new RegExp(`\\$(?:${argument}\\b|\\{${argument}[}:])`);
    const first = this.instructions.findIndex(({ name }) => name === "FROM");
    const before = this.instructions.slice(0, first).filter(({ name }) => name === "ARG");
    const isKnown = before.some(({ text }) => new RegExp(`(^|\\s)${argument}(=|\\s|$)`).test(text));
    return isKnown && this.instructions.some(({ name, text }) => name === "FROM" && uses.test(text));
  }

  /** Ports of EXPOSE; none where a variable stands for one. */
  get ports(): { port: number; line: number }[] {
    const words = this.final
      .filter(({ name }) => name === "EXPOSE")
      .flatMap(({ text, line }) => text.split(/\s+/).map((word) => ({ word, line })));
    const ports = words.map(({ word, line }) => ({ port: Number(/^(\d+)(\/tcp)?$/i.exec(word)?.[1]), line }));
    return ports.every(({ port }) => port) ? ports : [];
  }

  /** Variables that are set to a plain text. */
  get variables(): ReadonlyMap<string, string> {
    const pairs = this.final
      .filter(({ name }) => name === "ENV")
      .flatMap(({ text }) => {
        if (!/^[\w.-]+=/.test(text)) return [text.split(/\s+(.*)/, 2) as [string, string]];
        return [...text.matchAll(/([\w.-]+)=("(?:\\.|[^"])*"|'[^']*'|(?:\\.|\S)*)/g)].map(
          ([, key = "", value = ""]) => [key, value.replace(/^(["'])(.*)\1$/, "$2")] as [string, string],
        );
      });
    return new Map(pairs);
  }
}

/** Where an instruction is. */
export const place = (line: number): string => `Dockerfile:${line}`;

/** `["a", "b"]` as it says; undefined for a shell's line. */
export function execForm(text: string): string[] | undefined {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === "string") ? words : undefined;
  } catch {
    return undefined;
  }
}

function instructionsOf(source: string): Instruction[] {
  const lines = source.split(/\r?\n/);
  const continuation = /^#\s*escape\s*=\s*`\s*$/im.test(lines.slice(0, 3).join("\n")) ? "`" : "\\";
  const found: Instruction[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = index + 1;
    let text = "";
    for (; index < lines.length; index++) {
      const part = lines[index] ?? "";
      // Comments may stand between the lines of one instruction, empty lines too.
      if (/^\s*(#|$)/.test(part)) {
        if (text === "") break;
        continue;
      }
      const isOpen = part.trimEnd().endsWith(continuation);
      text += isOpen ? part.trimEnd().slice(0, -1) : part;
      if (!isOpen) break;
    }
    const [, name, rest = ""] = /^\s*([A-Za-z]+)\s+(.*)$/s.exec(text) ?? [];
    if (!name) continue;
    // What a heredoc holds is a file's content or a script, never an instruction.
    for (const [, end = ""] of rest.matchAll(/<<-?["']?(\w+)["']?/g)) {
      const last = lines.findIndex((line, at) => at > index && line.trim() === end);
      if (last > index) index = last;
    }
    const flags = new Map<string, string>();
    const plain = rest.replace(/^(\s*--[\w.-]+(=\S+)?)+/, (all) => {
      for (const [, key = "", value = ""] of all.matchAll(/--([\w.-]+)(?:=(\S+))?/g)) flags.set(key, value);
      return "";
    });
    found.push({ name: name.toUpperCase(), text: plain.trim(), flags, line });
  }
  return found;
}

function finalStage(instructions: readonly Instruction[]): Instruction[] {
  const stages: { name: string | undefined; base: string; instructions: Instruction[] }[] = [];
  for (const instruction of instructions) {
    if (instruction.name === "FROM") {
      const [base = "", , name] = instruction.text.split(/\s+/);
      stages.push({ name: name?.toLowerCase(), base: base.toLowerCase(), instructions: [] });
    } else stages.at(-1)?.instructions.push(instruction);
  }
  let found: Instruction[] = [];
  let at = stages.length - 1;
  while (at >= 0) {
    const stage = stages[at];
    found = [...(stage?.instructions ?? []), ...found];
    at = stages.findLastIndex(({ name }, index) => index < at && name === stage?.base);
  }
  return found;
}
