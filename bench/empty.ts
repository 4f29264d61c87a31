// What every program that uses the same classes takes to start and to end.
import { globSync, readFileSync } from "node:fs";
import { evaluate } from "./harness.ts";

const sources = globSync(["*.ts", "{checks,components,description,settings}/**/*.ts"]);
const imports = sources.flatMap((file) =>
  [...readFileSync(file, "utf8").matchAll(/^import (?!type)[^;]*? from "(@pulumi\/[^"]+)";/gm)].map(
    ([, name]) => name,
  ),
);

await evaluate(() => Promise.all([...new Set(imports)].map((name) => import(name as string))));
