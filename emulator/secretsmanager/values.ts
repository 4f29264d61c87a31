// The values of secrets: a file for each version, which root alone reads. No other file of the emulator's has them.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dataPath } from "../engines/instance.ts";

const file = (versionId: string): string => dataPath("secretsmanager", "values", versionId);

export function storeValue(versionId: string, secretString: string): void {
  mkdirSync(dataPath("secretsmanager", "values"), { recursive: true, mode: 0o700 });
  writeFileSync(file(versionId), secretString, { mode: 0o600 });
}

export interface Value {
  secretString: string;
  /** Seconds since 1970. */
  createdDate: number;
}

export function findValue(versionId: string): Value | undefined {
  if (!existsSync(file(versionId))) return undefined;
  const createdDate = statSync(file(versionId)).mtimeMs / 1000;
  return { secretString: readFileSync(file(versionId), "utf8"), createdDate };
}

export const removeValue = (versionId: string): void => rmSync(file(versionId), { force: true });
