import { readFileSync, writeFileSync } from "node:fs";
import { entries } from "../settings/parse.ts";
import type { Setting } from "../settings/types.ts";
import { table } from "../settings.ts";

const MARKER = /(\n {2}# From settings\.ts .*\n)[\s\S]*$/;

/** Pulumi.yaml with the schema of the settings, which `pulumi config` and editors show. */
export function projectFile(current: string): string {
  if (!MARKER.test(current)) throw new Error("Pulumi.yaml: the line `# From settings.ts …` is missing");
  // Pulumi insists on a value for whatever is declared without a default.
  const declared = entries(table).filter(({ setting }) => !setting.isOptional);
  return current.replace(MARKER, (_, marker) => marker + declared.map(schema).join(""));
}

function schema({ key, setting }: { key: string; setting: Setting }): string {
  const lines = [
    `${key}:`,
    `  description: ${JSON.stringify(setting.about)}`,
    `  type: ${setting.type}`,
    ...(setting.type === "array" ? ["  items:", "    type: string"] : []),
    ...(setting.default === undefined ? [] : [`  default: ${JSON.stringify(setting.default)}`]),
  ];
  return lines.map((line) => `  ${line}\n`).join("");
}

export function settingsPage(): string {
  const rows = entries(table).map(({ key, setting }) => {
    const unset = setting.isOptional ? "not set" : "must be set";
    const usual = setting.default === undefined ? unset : `\`${unquoted(setting.default)}\``;
    return `| \`${key}\` | ${usual} | ${setting.allowed} | ${setting.about} |\n`;
  });
  return `# Settings

<!-- From settings.ts by \`npm run settings\`; changes here are overwritten. -->

Set one with \`pulumi config set <setting> <value>\`, an item of a list with
\`pulumi config set --path '<setting>[0]' <value>\`, a tag with \`pulumi config set --path 'tags.team' <value>\`.
Defaults suit production. Wrong and misspelt settings are refused at preview, all at once, each with the command that
repairs it; so are combinations that can't work: more connections than the database takes, more pods than the subnets
have addresses for, a grace period that ends before the shutdown, and migrations that may break the running version.

| setting | default | allowed | what it does |
|---|---|---|---|
${rows.join("")}`;
}

function unquoted(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

if (import.meta.main) {
  writeFileSync("Pulumi.yaml", projectFile(readFileSync("Pulumi.yaml", "utf8")));
  writeFileSync("docs/settings.md", settingsPage());
}
