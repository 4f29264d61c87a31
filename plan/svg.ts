// The graph as a picture. Each step has a column, and a component stands just before what waits for it.
import { type Graph, minutes, type Stage } from "./graph.ts";
import { isCritical, type Row, rowsOf } from "./picture.ts";

const box = { width: 200, header: 44, row: 17, padding: 10 };
const gap = { x: 30, y: 22 };
const margin = 12;

interface Box extends Stage {
  rows: Row[];
  x: number;
  y: number;
  height: number;
}

export function svg(graph: Graph, label: string): string {
  const boxes = layOut(graph);
  const width = Math.max(...boxes.map(({ x }) => x)) + box.width + margin;
  const height = Math.max(...boxes.map(({ y, height }) => y + height)) + margin;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Graph of ${escapeXml(label)}">`,
    `<style>${style}</style>`,
    ...["", "critical"].map(arrowHead),
    ...boxes.flatMap((to) => to.after.map((from) => edge(boxes, from, to, graph))),
    ...boxes.map(draw),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

function layOut(graph: Graph): Box[] {
  const column = columns(graph.stages);
  const bottoms: number[] = [];
  return graph.stages.map((stage) => {
    const rows = rowsOf(stage, graph);
    const height = box.header + rows.length * box.row + box.padding;
    const index = column(stage.component);
    const y = bottoms[index] ?? margin;
    bottoms[index] = y + height + gap.y;
    return { ...stage, rows, height, x: margin + index * (box.width + gap.x), y };
  });
}

/** As late as possible, so that few edges jump over a column. */
function columns(stages: Stage[]): (component: string) => number {
  const next = (component: string) => stages.filter(({ after }) => after.includes(component));
  const fromEnd = (component: string): number =>
    Math.max(0, ...next(component).map((stage) => fromEnd(stage.component) + 1));
  const last = Math.max(0, ...stages.map(({ component }) => fromEnd(component)));
  return (component) => last - fromEnd(component);
}

function edge(boxes: Box[], from: string, to: Box, graph: Graph): string {
  const start = boxes.find(({ component }) => component === from) as Box;
  const kind = isCritical(graph, from, to.component) ? "critical" : "";
  const [x1, y1] = [start.x + box.width, start.y + box.header / 2];
  // Arrows that end in the same box stay apart.
  const [x2, y2] = [to.x - 6, to.y + box.header / 2 + 7 * to.after.indexOf(from)];
  const bend = gap.x / 2;
  return `<path class="edge ${kind}" marker-end="url(#arrow${kind})" d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}"/>`;
}

function draw(stage: Box): string {
  const { component, rows, x, y, height, critical, start, end } = stage;
  const texts = rows.map(({ label, time, critical }, index) => {
    const baseline = box.header + 12 + index * box.row;
    return `<text class="row${critical ? " critical" : ""}" x="${box.padding}" y="${baseline}">${escapeXml(label)}<tspan class="time" x="${box.width - box.padding}" text-anchor="end">${time}</tspan></text>`;
  });
  return [
    `<g transform="translate(${x} ${y})">`,
    `<rect class="box${critical ? " critical" : ""}" width="${box.width}" height="${height}" rx="6"/>`,
    `<text class="title" x="${box.padding}" y="19">${escapeXml(component)}</text>`,
    `<text class="span" x="${box.padding}" y="35">${minutes(start)} to ${minutes(end)}</text>`,
    ...texts,
    "</g>",
  ].join("");
}

function arrowHead(kind: string): string {
  return `<marker id="arrow${kind}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="head ${kind}" d="M0 0L8 4L0 8z"/></marker>`;
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const style = [
  "text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:14px}",
  ".span,.time{fill:#59636e}.row.critical{font-weight:600}",
  ".box{fill:#fff;stroke:#b5bdc6}.box.critical{stroke:#bc4c00;stroke-width:2}",
  ".edge{fill:none;stroke:#818b98;stroke-width:1.2}.edge.critical{stroke:#bc4c00;stroke-width:2.5}",
  ".head{fill:#818b98}.head.critical{fill:#bc4c00}",
  "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.span,.time{fill:#9198a1}",
  ".box{fill:#161b22;stroke:#4b535d}.box.critical,.edge.critical{stroke:#f0883e}",
  ".edge{stroke:#6e7681}.head{fill:#6e7681}.head.critical{fill:#f0883e}}",
].join("");
