// External Secrets Operator's chart, with this instance's image of it.
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { provideImage } from "./images.ts";
import { dataPath } from "./instance.ts";
import { run } from "./processes.ts";

/** The file of the packed chart; its name says which image is in it, so that another one is an upgrade. */
export async function packExternalSecretsChart(): Promise<string> {
  const image = await provideImage("emulator/external-secrets");
  // The chart joins both by a colon.
  const [repository = "", tag = ""] = image.split(/:(?=[^:]+$)/);
  const file = dataPath("external-secrets", `external-secrets-${tag.slice(0, 12)}.tgz`);
  if (existsSync(file)) return file;
  const folder = dataPath("tmp", `external-secrets-chart.${process.pid}`);
  const chart = `${folder}/external-secrets`;
  mkdirSync(folder, { recursive: true });
  cpSync(dataPath("external-secrets", "chart"), chart, { recursive: true, dereference: true });
  const values = parseDocument(readFileSync(`${chart}/values.yaml`, "utf8"));
  values.setIn(["image", "repository"], repository);
  values.setIn(["image", "tag"], tag);
  rmSync(`${chart}/values.yaml`);
  writeFileSync(`${chart}/values.yaml`, values.toString());
  await run("tar", [
    "--create",
    "--gzip",
    "--file",
    `${folder}.tgz`,
    "--directory",
    folder,
    "external-secrets",
  ]);
  renameSync(`${folder}.tgz`, file);
  rmSync(folder, { recursive: true });
  return file;
}
