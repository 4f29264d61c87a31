// Where the instance's real secrets are: on its disk, and in what is to be seen of this machine's processes.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { callerToken, clusterNames } from "../../emulator/engines/cluster.ts";
import { dataPath } from "../../emulator/engines/instance.ts";
import { clusterFolder } from "../../emulator/engines/kubernetes.ts";
import { registryAuthorization, registryCredentials } from "../../emulator/engines/registry.ts";
import { get } from "./machine.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Every secret, and the form in which others keep or send it. */
export function realSecrets(): Record<string, string[]> {
  const [cluster = ""] = clusterNames();
  const opaque = get("secrets", "-n", "orders", "--field-selector", "type=Opaque").items;
  const encoded: string[] = opaque.flatMap(({ data }: { data: Record<string, string> }) =>
    Object.values(data),
  );
  const { password } = registryCredentials();
  const encryption = JSON.parse(readFileSync(clusterFolder(cluster, "encryption.json"), "utf8"));
  const passphrase = readFileSync(dataPath("passphrase"), "utf8");
  const token = callerToken(cluster);
  return {
    "the database's passwords": encoded.flatMap((text) => [Buffer.from(text, "base64").toString(), text]),
    passphrase: [passphrase, base64(passphrase)],
    "caller token": [token, base64(token)],
    "registry password": [password, base64(password), registryAuthorization().replace("Basic ", "")],
    "Kubernetes' encryption key": [encryption.resources[0].providers[0].secretbox.keys[0].secret],
  };
}

/** Those of the instance's files, or all of them, that have one of `forms` in them, by their path in its folder. */
export function filesWith(forms: string[], files = [""]): string[] {
  const grep = ["--recursive", "--files-with-matches", "--text", "--fixed-strings", "--file=-"];
  const { stdout } = spawnSync("grep", [...grep, ...files.map((file) => dataPath(file))], {
    input: forms.join("\n"),
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((file) => relative(dataPath(), file))
    .sort();
}

/** The command lines of all processes on this machine. */
export const allCommandLines = (): string =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8");
      } catch {
        return ""; // It has ended meanwhile.
      }
    })
    .join("\n");

/** The instance's files that somebody else on this machine may read, by their path in its folder. */
export function readableByOthers(): string[] {
  const user = ["--reuid=65533", "--regid=65533", "--clear-groups"];
  // By name: others can't list the instance's folder, but may know what is in it.
  const folders = readdirSync(dataPath()).map((name) => dataPath(name));
  const { stdout } = spawnSync("setpriv", [...user, "find", ...folders, "-type", "f", "-readable"], {
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((file) => relative(dataPath(), file));
}
