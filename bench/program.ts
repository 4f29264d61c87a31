import { evaluate } from "./harness.ts";

await evaluate(() => import("../index.ts"));
