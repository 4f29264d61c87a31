import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { picture } from "../../docs/picture.ts";
import { stackConfig } from "../../plan/config.ts";
import { durationOf } from "../../plan/durations.ts";
import { buildGraph } from "../../plan/graph.ts";
import { mermaid } from "../../plan/mermaid.ts";
import { evaluate } from "../../plan/program.ts";
import type { Recorded } from "../../plan/recording.ts";
import { svg } from "../../plan/svg.ts";
import { program } from "../harness.ts";

const graph = async (stack: string) =>
  buildGraph((await evaluate({ root: ".", stack, label: stack })).resources);

const essential = ({ criticalPath }: { criticalPath: string[] }) =>
  criticalPath.filter((component) =>
    ["network", "cluster", "database", "migration", "app"].includes(component),
  );

test("the whole waits for network → cluster → migration → app", async () => {
  expect(essential(await graph("dev"))).toEqual(["network", "cluster", "migration", "app"]);
});

test("only a Multi-AZ database, which AWS takes longer for, comes before the cluster", async () => {
  expect(essential(await graph("prod"))).toEqual(["network", "database", "migration", "app"]);
  expect(stackConfig("prod")["fastapi-eks:databaseMultiAz"]).toBe("true");
  const [single] = await program("prod", { set: { databaseMultiAz: false } });
  expect(essential(buildGraph(single.resources))).toEqual(["network", "cluster", "migration", "app"]);
});

test("its length is that of AWS' own steps, but for a few seconds", async () => {
  const { steps, seconds } = await graph("dev");
  const types = [
    "aws:ec2/vpc:Vpc",
    "aws:ec2/subnet:Subnet",
    "aws:eks/cluster:Cluster",
    "kubernetes:batch/v1:Job",
    "kubernetes:apps/v1:Deployment",
  ];
  const bound = types.reduce((sum, type) => sum + durationOf(type, {}).seconds, 0);
  expect(seconds / bound).toBeGreaterThanOrEqual(1);
  expect(seconds / bound).toBeLessThan(1.01);
  expect(steps.filter(({ critical, type }) => critical && types.includes(type))).toHaveLength(types.length);
});

test("nothing is created before what it waits for, and the order says so", async () => {
  const { steps } = await graph("prod");
  const ready = new Map(steps.map(({ urn, end }) => [urn, end]));
  for (const { start, waitsFor } of steps) {
    expect(start).toBe(Math.max(0, ...waitsFor.map((urn) => ready.get(urn) as number)));
  }
  expect(steps.map(({ start }) => start)).toEqual(steps.map(({ start }) => start).toSorted((a, b) => a - b));
});

test("components that wait for parts of each other are no endless loop", () => {
  const resource = (name: string, parent: string, waitsFor: string[]): Recorded => ({
    ...{ urn: name, type: "aws:x/y:Z", name, custom: name.length > 1, inputs: {}, parent, waitsFor },
    ...{ usesOutputsOf: [], provider: "", protect: false },
    ...{
      deleteBeforeReplace: false,
      retainOnDelete: false,
      ignoreChanges: [],
      replaceOnChanges: [],
      createTimeout: "",
      deleteTimeout: "",
      deleteHooks: [],
    },
  });
  const { criticalPath } = buildGraph([
    ...[resource("a", "", []), resource("b", "", [])],
    ...[resource("a1", "a", []), resource("b1", "b", ["a1"]), resource("a2", "a", ["b1"])],
  ]);
  expect(criticalPath).toEqual(["a", "b"]);
});

test("Mermaid gets names as they are, and keeps alike ones apart", () => {
  const components = ["a-b", "a_b", `x"] --> y["%%{init: {}}%% \`<img>&#1;`];
  const stage = { resources: 1, start: 0, end: 1, criticalSeconds: 0, critical: false, after: [] };
  const stages = components.map((component) => ({ ...stage, component }));
  const titles = [
    ...mermaid({ steps: [], stages, criticalPath: [], seconds: 1 }).matchAll(/subgraph (\w+)\["(.*)"\]/g),
  ];
  expect(new Set(titles.map(([, id]) => id)).size).toBe(3);
  expect(titles.map(([, , title]) => title)).toEqual([
    ...["a-b", "a_b"],
    "x#quot;] --#gt; y[#quot;#percnt;#percnt;{init: {}}#percnt;#percnt; #grave;#lt;img#gt;#amp;#num;1;",
  ]);
});

test("both pictures group by component and mark the critical path", async () => {
  const dev = await graph("dev");
  expect(mermaid(dev)).toMatch(
    /subgraph c_cluster_group\["cluster"\]\n.*<b>Cluster 10\.3 min<\/b>.*:::critical/,
  );
  expect(mermaid(dev)).toContain("c_network ==> c_cluster");
  expect(mermaid(dev)).toContain("c_image --> c_migration");
  const picture = svg(dev, `<dev> & "co"`);
  expect(picture).toContain('aria-label="Graph of &#60;dev&#62; &#38; &#34;co&#34;"');
  expect(picture.match(/class="edge critical"/g)?.length).toBe(dev.criticalPath.length - 1);
});

test("the README's picture is today's: `npm run picture` draws it anew", async () => {
  expect(readFileSync("docs/graph.svg", "utf8")).toBe(await picture());
});
