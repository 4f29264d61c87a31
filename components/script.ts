import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Mount } from "./pod.ts";

export interface Script {
  mount: Mount;
  /** Runs it with Python's library alone, 3.11 or newer; its arguments follow. */
  command: string[];
}

/** A Python script of this program, for a pod of the service's own image: files of a folder in this one, run by the first. */
export function script(
  name: string,
  folder: string,
  files: [string, ...string[]],
  namespace: pulumi.Input<string>,
  parent: pulumi.Resource,
): Script {
  const map = new ConfigMap(
    name,
    {
      metadata: { namespace },
      immutable: true,
      data: Object.fromEntries(
        files.map((file) => [file, readFileSync(join(import.meta.dirname, folder, file), "utf8")]),
      ),
    },
    { parent },
  );
  const mountPath = `/etc/${folder}`;
  // Two of them may be in one pod.
  const volume = { name: `${folder}-script`, configMap: { name: map.metadata.name } };
  return { mount: { mountPath, readOnly: true, volume }, command: ["python3", `${mountPath}/${files[0]}`] };
}
