import type { Grammar } from "./types.ts";

/**
 * What pods can have of an m7i.48xlarge, 192 vCPU and 768 GiB (instance types pages; 2026-11), the largest node
 * that the general-purpose pool starts in every region: it takes C, M and R of generation 5 on, amd64 (EKS
 * user guide, set-builtin-node-pools; 2026-11).
 */
const NODE = { millicores: 191_000, mebibytes: 672 * 1024 };

/** Metrics come in whole millicores: of fewer than ten, no 65 or 75 percent can be told. */
const LEAST_MILLICORES = 10;

/**
 * In a cgroup of 64 MiB the service starts and is killed by its first requests, in one of 72 it lives without a
 * database (Python 3.13, 2026-11). The pool comes on top.
 */
export const LEAST_MEBIBYTES = 96;

export const cpu: Grammar = {
  pattern: /[1-9]\d*m?/,
  allowed: `a quantity such as 200m or 1, from ${LEAST_MILLICORES}m to ${NODE.millicores / 1000}`,
  fault: (quantity) => {
    if (millicores(quantity) < LEAST_MILLICORES) return { why: "too little to measure its use" };
    return millicores(quantity) > NODE.millicores ? { why: "which no node has for a pod" } : undefined;
  },
};

export const memory: Grammar = memoryFrom(LEAST_MEBIBYTES, "in which the service doesn't start");

/** PgBouncer itself takes a few; its clients come on top. */
export const poolerMemory: Grammar = memoryFrom(32, "in which PgBouncer has no room for clients");

function memoryFrom(least: number, why: string): Grammar {
  return {
    pattern: /[1-9]\d*(Mi|Gi)/,
    allowed: `a quantity such as 256Mi or 1Gi, from ${least}Mi to ${NODE.mebibytes / 1024}Gi`,
    fault: (quantity) => {
      if (mebibytes(quantity) < least) return { why };
      return mebibytes(quantity) > NODE.mebibytes ? { why: "which no node has for a pod" } : undefined;
    },
  };
}

export function mebibytes(quantity = "0"): number {
  return Number.parseInt(quantity, 10) * (quantity.endsWith("Gi") ? 1024 : 1);
}

export function millicores(quantity = "0"): number {
  return Number.parseInt(quantity, 10) * (quantity.endsWith("m") ? 1 : 1000);
}
