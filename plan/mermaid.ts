// The graph as Mermaid, which GitHub draws in comments.
import { type Graph, minutes } from "./graph.ts";
import { isCritical, rowsOf } from "./picture.ts";

export function mermaid(graph: Graph): string {
  const boxes = graph.stages.map((stage) => {
    const rows = rowsOf(stage, graph).map(({ label, time, critical }) => {
      const row = escapeLabel(time ? `${label} ${time}` : label);
      return critical ? `<b>${row}</b>` : row;
    });
    const title = `${minutes(stage.start)} to ${minutes(stage.end)}`;
    return [
      `  subgraph ${id(stage.component)}_group["${escapeLabel(stage.component)}"]`,
      `    ${id(stage.component)}["<i>${title}</i><br/>${rows.join("<br/>")}"]${stage.critical ? ":::critical" : ""}`,
      "  end",
    ].join("\n");
  });
  const edges = graph.stages.flatMap(({ component, after }) =>
    after.map((before) => {
      const arrow = isCritical(graph, before, component) ? "==>" : "-->";
      return `  ${id(before)} ${arrow} ${id(component)}`;
    }),
  );
  const style = "  classDef critical stroke:#d97706,stroke-width:3px";
  return `${["graph LR", ...boxes, ...edges, style].join("\n")}\n`;
}

/** Mermaid stumbles over dashes and over words such as `end`. `a-b` and `a_b` stay two. */
function id(component: string): string {
  return `c_${component.replace(/[^A-Za-z\d]/gu, (sign) => `_${sign.codePointAt(0)?.toString(16)}_`)}`;
}

const entities = { '"': "quot", "#": "num", "%": "percnt", "&": "amp", "<": "lt", ">": "gt", "`": "grave" };

/** Mermaid ends a text at a quote, and takes %%{…}%% for an order wherever it stands. */
function escapeLabel(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/["#%&<>`]/g, (sign) => `#${entities[sign as keyof typeof entities]};`);
}
