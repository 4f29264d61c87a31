import { fileAt } from "./file.ts";
import type { Grammar } from "./types.ts";

const host = "[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::\\d+)?";
const folder = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const version = "v?\\d+\\.\\d+\\.\\d+(?:-[0-9A-Za-z.-]+)?";
const inRegistry = new RegExp(`oci://${host}(?:/${folder})+:${version}`);

/** A chart of Helm, at one version. */
export const helmChart: Grammar = {
  pattern: new RegExp(`${inRegistry.source}|(?!\\w+://)[\\s\\S]+\\.tgz`),
  allowed: "oci://repository:version, or the path of a packaged chart, *.tgz",
  fault: (chart) => {
    const why = chart.startsWith("oci://") ? undefined : unreadable(chart);
    return why === undefined ? undefined : { why };
  },
};

function unreadable(path: string): string | undefined {
  const file = fileAt(path);
  if (!file) return "where there is no file";
  return file.isFile() ? undefined : "which is no plain file";
}

/**
 * The newest that two public repositories install: infra/eks-eso of Crystal-SBHackathon2026/oneaction-infra, and
 * live/kubernetes of INTENTIUS/choudoufu (2026-11). None of what has been published of 2.13 was found.
 */
export const EXTERNAL_SECRETS = "oci://ghcr.io/external-secrets/charts/external-secrets:2.12.0";
