// What the cluster is told, as the YAML that people know.
import { stringify } from "yaml";
import type { Step } from "./graph.ts";
import type { Inputs } from "./values.ts";

export interface Manifest {
  /** Pulumi's name of the resource. */
  resource: string;
  yaml: string;
}

/** In the order of creation. What is in a chart only Helm knows. */
export function manifests(steps: Step[]): Manifest[] {
  return steps
    .filter(({ type }) => /^kubernetes:(?!helm\.sh\/)/.test(type))
    .map(({ name, inputs }) => ({ resource: name, yaml: toYaml(name, inputs) }));
}

function toYaml(resource: string, { apiVersion, kind, metadata, ...rest }: Inputs): string {
  // Pulumi adds random letters to a name that nobody gave.
  const name = metadata?.name ?? `\${${resource}.metadata.name}`;
  return stringify({ apiVersion, kind, metadata: { name, ...metadata }, ...rest }, { lineWidth: 0 });
}
