import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { buildFiles } from "./build-files.ts";
import { Dockerfile } from "./dockerfile.ts";

/** Where Python projects say what they install. */
const DEPENDENCIES = /^(pyproject\.toml|setup\.(py|cfg)|Pipfile|requirements.*\.(txt|in)|.*\.lock)$/;

/** A service's source folder, as the build sees it. Nothing of it is ever run. */
export class Sources {
  readonly folder: string;
  /** Paths below the folder, without those that .dockerignore keeps out. */
  readonly files: readonly string[];
  readonly dockerfile: Dockerfile;
  #python: ReadonlyMap<string, string> | undefined;

  /** Of a folder that has a Dockerfile. */
  constructor(folder: string) {
    this.folder = folder;
    this.files = buildFiles(folder);
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

  /** What Python's strings hold, where that is one line without escapes. */
  get literals(): ReadonlySet<string> {
    const found = [...this.python.values()].flatMap((text) =>
      [...text.matchAll(/(["'])((?:(?!\1)[^\\\n])*)\1/g)].map(([, , literal = ""]) => literal),
    );
    return new Set(found);
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

  /** The file of a Python module, such as `shop.main`; none if its package is somewhere else. */
  module(name: string): { isOwn: boolean; file: string | undefined } {
    const [top = ""] = name.split(".");
    const path = name.replaceAll(".", "/");
    const ends = (end: string) => (file: string) => file === end || file.endsWith(`/${end}`);
    const file = [`${path}.py`, `${path}/__init__.py`].flatMap((end) => this.files.filter(ends(end)))[0];
    const isPackage = (other: string) => other.endsWith(".py") && `/${other}`.includes(`/${top}/`);
    return { isOwn: file !== undefined || this.files.some(isPackage), file };
  }

  get #project(): string {
    return this.files.includes("pyproject.toml") ? this.text("pyproject.toml") : "";
  }

  /** Names of packages alone: hashes and addresses would be words too. */
  #lock(file: string): string {
    return [...this.text(file).matchAll(/^\s*name = "([^"]+)"/gm)].map(([, name]) => name).join("\n");
  }
}
