// The picture in the README: what `npm run plan -- dev` draws.
import { writeFileSync } from "node:fs";
import { buildGraph } from "../plan/graph.ts";
import { evaluate } from "../plan/program.ts";
import { svg } from "../plan/svg.ts";

export async function picture(): Promise<string> {
  const { resources } = await evaluate({ root: ".", stack: "dev", label: "dev" });
  return svg(buildGraph(resources), "dev");
}

if (import.meta.main) writeFileSync("docs/graph.svg", await picture());
