// The report as one file that needs nothing else: light and dark, wide and narrow.
import type { Block, Document, Section } from "./document.ts";
import { escapeXml } from "./svg.ts";

export function toHtml({ title, headlines, sections }: Document): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeXml(title.replaceAll("`", ""))}</title>
<style>${style}</style>
<main>
<h1>${inline(title)}</h1>
<ul class="headlines">${headlines.map((line) => `<li>${inline(line)}</li>`).join("\n")}</ul>
${sections.map(fold).join("\n")}
</main>
</html>
`;
}

/** Long ones are folded: what decides something should be on the first screens. */
function fold({ title, summary, blocks }: Section): string {
  const open = ["Order of creation", "Kubernetes manifests"].includes(title) ? "" : " open";
  return `<details${open}><summary><h2>${escapeXml(title)}</h2> <span>${inline(summary)}</span></summary>
${blocks.map(render).join("\n")}
</details>`;
}

function render(block: Block): string {
  switch (block.kind) {
    case "text":
      return `<p>${inline(block.text)}</p>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${inline(item)}</li>`).join("\n")}</ul>`;
    case "table":
      return renderTable(block);
    case "code":
      return `<pre tabindex="0">${escapeXml(block.text)}</pre>`;
    case "picture":
      return `<div class="picture" tabindex="0">${block.svg}</div>`;
  }
}

function renderTable({ head, rows, numbers, last }: Extract<Block, { kind: "table" }>): string {
  const cells = (row: string[], tag: string) =>
    row.map((cell) => `<${tag}>${inline(cell)}</${tag}>`).join("");
  const body = rows.map((row, index) => {
    const total = last === "total" && index === rows.length - 1 ? ' class="total"' : "";
    return `<tr${total}>${cells(row, "td")}</tr>`;
  });
  return `<div class="table" tabindex="0"><table${numbers ? ' class="numbers"' : ""}>
<thead><tr>${cells(head, "th")}</tr></thead>
<tbody>${body.join("\n")}</tbody>
</table></div>`;
}

/** Escaped text with `code` and **bold**. */
function inline(text: string): string {
  return escapeXml(text)
    .replace(/`([^`]*)`/g, "<code>$1</code>")
    .replace(/\*\*([^*]*)\*\*/g, "<b>$1</b>");
}

const style = `
:root{--text:#1f2328;--quiet:#59636e;--page:#f6f8fa;--card:#fff;--line:#d1d9e0;--code:#eff2f5}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--quiet:#9198a1;--page:#0d1117;--card:#151b23;--line:#3d444d;--code:#212830}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:76rem;margin:0 auto;padding:1rem}
h1{font-size:1.4rem;margin:.5rem 0}
h2{font-size:1.1rem;margin:0;display:inline}
details,.headlines{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.75rem 1rem;margin:0 0 1rem}
.headlines{padding-left:2rem}
summary{cursor:pointer}summary span{color:var(--quiet)}
details[open]>summary{margin-bottom:.75rem}
code,pre{font:.85em/1.45 ui-monospace,"DejaVu Sans Mono",monospace}
code{background:var(--code);border-radius:4px;padding:.1em .3em;overflow-wrap:anywhere}
pre{background:var(--code);border-radius:6px;padding:.75rem;margin:.5rem 0}
pre,.table,.picture{overflow-x:auto}
.picture{margin:.5rem 0}.picture svg{display:block}
ul{padding-left:1.3rem}p,li{overflow-wrap:anywhere}
table{border-collapse:collapse;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem;border-bottom:1px solid var(--line)}
th{color:var(--quiet);font-weight:600;white-space:nowrap}
.numbers :is(th,td):not(:first-child){text-align:right;font-variant-numeric:tabular-nums}
.total{font-weight:600}
@media(max-width:40rem){main{padding:.5rem}details,.headlines{padding:.6rem .7rem}.headlines{padding-left:1.6rem}table{font-size:.82rem}th,td{padding:.3rem .4rem}}
`;
