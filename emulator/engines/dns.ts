// The names of AWS that resolve inside the emulator, in the form that a cluster's DNS server reads. Each engine has a
// part of its own.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dataPath } from "./instance.ts";

/** Whole or not at all: another process may be reading it. */
function write(file: string, text: string): void {
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

/** @param entries addresses by name */
export function publishNames(
  owner: "elb" | "rds" | "route53" | "s3" | "secretsmanager",
  entries: Record<string, string>,
): void {
  mkdirSync(dataPath("dns", "parts"), { recursive: true });
  const lines = Object.entries(entries).map(([name, address]) => `${address} ${name}\n`);
  write(dataPath("dns", "parts", owner), lines.join(""));
  const parts = readdirSync(dataPath("dns", "parts")).filter((part) => !part.includes("."));
  write(
    dataPath("dns", "hosts"),
    parts.map((part) => readFileSync(dataPath("dns", "parts", part), "utf8")).join(""),
  );
}
