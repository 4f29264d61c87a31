import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildFiles } from "./build-files.ts";
import { Dockerfile } from "./dockerfile.ts";

/** Where Python projects say what they install. */
const DEPENDENCIES = /^(pyproject\.toml|setup\.(py|cfg)|Pipfile|requirements.*\.(txt|in)|.*\.lock)$/;

/** Others' code, which lies beside the service's own. */
const FOREIGN = /(^|\/)(\.?venv|node_modules|site-packages)\//;

/** A service's source folder, as the build sees it. Nothing of it is ever run. */
export class Sources {
  readonly folder: string;
  /** Paths below the folder, without those that .dockerignore keeps out, and without virtual environments. */
  readonly files: readonly string[];
  readonly dockerfile: Dockerfile;
  #python: ReadonlyMap<string, string> | undefined;

  /** Of a folder that has a Dockerfile. */
  constructor(folder: string) {
    this.folder = folder;
    this.files = buildFiles(folder).filter((file) => !FOREIGN.test(file));
    this.dockerfile = new Dockerfile(this.text("Dockerfile"));
  }

  text(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  /** Whether it is in the folder, be it part of the build or not. */
  exists(path: string): boolean {
    return existsSync(join(this.folder, path));
  }

  /** Python files with what is in them. */
  get python(): ReadonlyMap<string, string> {
    this.#python ??= new Map(
      this.files.filter((file) => file.endsWith(".py")).map((file) => [file, this.text(file)]),
    );
    return this.#python;
  }

  /** What is in the files that run: Python's, and shells'. */
  get programs(): string[] {
    const scripts = this.files.filter((file) => file.endsWith(".sh"));
    return [...this.python.values(), ...scripts.map((file) => this.text(file))];
  }

  /** What Python's strings hold, where that is one line without escapes. */
  get literals(): ReadonlySet<string> {
    const found = [...this.python.values()].flatMap((text) =>
      [...text.matchAll(/(["'])((?:(?!\1)[^\\\n])*)\1/g)].map(([, , literal = ""]) => literal),
    );
    return new Set(found);
  }

  /** Whether a file of this name may be in the image: from the build's files, or made by the Dockerfile. */
  hasFile(name: string): boolean {
    const makes = this.dockerfile.instructions.some(
      (instruction) =>
        (instruction.name === "RUN" || instruction.flags.has("from")) && instruction.text.includes(name),
    );
    return makes || this.files.some((file) => basename(file) === name);
  }

  /** Whether Python may find modules in a folder: one at the top, or one that somebody names. */
  mayBePath(folder: string, command: readonly string[]): boolean {
    if (folder === "" || folder === "src") return true;
    const word = new RegExp(`(?<![\\w.-])${folder.replace(/[^\w/-]/g, "\\$&")}(?![\\w-])`);
    return [this.text("Dockerfile"), this.#project, ...command].some((text) => word.test(text));
  }

  /** Commands that the project itself installs. */
  get scripts(): string[] {
    const [, table = ""] = /^\[(?:project|tool\.poetry)\.scripts\]\s*$([^[]*)/m.exec(this.#project) ?? [];
    return [...table.matchAll(/^\s*"?([\w.-]+)"?\s*=/gm)].map(([, name = ""]) => name);
  }

  /** Whether it is named where a program would come from: dependencies, the Dockerfile, the files themselves. */
  mentions(program: string): boolean {
    const word = new RegExp(`(?<![\\w.-])${program.replace(/[^\w/-]/g, "\\$&")}(?![\\w-])`, "i");
    const files = this.files.filter((file) => file === "Dockerfile" || DEPENDENCIES.test(basename(file)));
    return (
      this.files.some((file) => basename(file) === basename(program)) ||
      files.some((file) => word.test(file.endsWith(".lock") ? this.#lock(file) : this.text(file)))
    );
  }

  /** The files that a Python module, such as `shop.main`, may be, and the folder that PYTHONPATH would have to name. */
  modules(name: string): { file: string; root: string }[] {
    const path = name.replaceAll(".", "/");
    return [...this.python.keys()].flatMap((file) => {
      const end = [`${path}.py`, `${path}/__init__.py`].find((end) => `/${file}`.endsWith(`/${end}`));
      return end ? [{ file, root: file.slice(0, -end.length).replace(/\/$/, "") }] : [];
    });
  }

  /** Whether Python certainly finds a module's package here, where projects have theirs. */
  hasPackage(name: string): boolean {
    const [top = ""] = name.split(".");
    return [`${top}/__init__.py`, `src/${top}/__init__.py`].some((file) => this.files.includes(file));
  }

  get #project(): string {
    return this.files.includes("pyproject.toml") ? this.text("pyproject.toml") : "";
  }

  /** Only names of packages. Hashes and addresses would count as words too. */
  #lock(file: string): string {
    return [...this.text(file).matchAll(/^\s*name = "([^"]+)"/gm)].map(([, name]) => name).join("\n");
  }
}
