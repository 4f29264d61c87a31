import * as pulumi from "@pulumi/pulumi";
import { allProblems } from "../checks/all.ts";
import { descriptionProblems } from "../description/check.ts";
import { located } from "../description/line.ts";
import { service } from "../service.ts";
import { type Settings, table } from "../settings.ts";
import { parse, unknownNamespaces } from "./parse.ts";
import { describe, type Problem } from "./problem.ts";
import { knownRegion, providerProblems } from "./provider.ts";
import { namespaces } from "./provider-keys.ts";
import { nameProblems } from "./stack-name.ts";

/** The stack's settings, checked together with the service's description. The only place that reads configuration. */
export function loadSettings(): Settings {
  const wrong = descriptionProblems(service).map((problem) => located(problem));
  refuse("Fields of service.ts that are wrong", wrong);
  const [project, stack] = [pulumi.getProject(), pulumi.getStack()];
  const prefix = `${project}:`;
  const all = pulumi.runtime.allConfig();
  const own = Object.keys(all).filter((key) => key.startsWith(prefix));
  const secrets = Object.keys(all).filter(isSecret);
  const bare = (key: string) => key.slice(prefix.length);
  const strangers = unknownNamespaces(Object.keys(all), [project, ...Object.keys(namespaces)]);
  return checkSettings(Object.fromEntries(own.map((key) => [bare(key), all[key] ?? ""])), {
    secrets: secrets.filter((key) => key.startsWith(prefix)).map(bare),
    others: [...nameProblems(project, stack), ...strangers, ...providerProblems(all, secrets)],
    region: knownRegion(all),
  });
}

/** The SDK keeps it from its types, although its own `Config` was made to warn by it. */
function isSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean }).isConfigSecret(key);
}

interface Around {
  /** Keys of secrets. */
  secrets?: readonly string[];
  /** What the caller found. */
  others?: readonly Problem[];
  /** Of AWS. */
  region?: string;
}

/** @throws one error that names everything that is wrong. */
export function checkSettings(
  raw: Readonly<Record<string, string>>,
  { secrets, others = [], region }: Around = {},
): Settings {
  const { values, problems } = parse(table, raw, secrets);
  const all = [...others, ...problems, ...allProblems(values, service, region)];
  refuse("Settings of this stack that are wrong", all.map(describe));
  return values;
}

function refuse(title: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new pulumi.RunError([`${title}: ${problems.length}`, ...problems].join("\n  "));
}
