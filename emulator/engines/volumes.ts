// EBS' engine: a volume is a folder of the instance and belongs to a zone. It outlives clusters; a reset forgets it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dataPath } from "./instance.ts";

export interface Volume {
  id: string;
  zone: string;
  sizeGiB: number;
  type: string;
}

const folder = (id: string, ...parts: string[]): string => dataPath("volumes", id, ...parts);

/** What is mounted. */
export const volumeContents = (id: string): string => folder(id, "contents");

/** The same for the same text, so that what a kill interrupted goes on with the volume that it made. */
export const volumeId = (name: string): string =>
  `vol-0${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;

export function findVolume(id: string): Volume | undefined {
  const record = folder(id, "volume.json");
  return existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : undefined;
}

export const volumes = (): Volume[] =>
  existsSync(dataPath("volumes"))
    ? readdirSync(dataPath("volumes")).flatMap((id) => findVolume(id) ?? [])
    : [];

function write(volume: Volume): void {
  const draft = folder(volume.id, "volume.json.draft");
  writeFileSync(draft, JSON.stringify(volume));
  renameSync(draft, folder(volume.id, "volume.json"));
}

/** Makes a volume; nothing happens when it is there. */
export function createVolume(volume: Volume): void {
  if (findVolume(volume.id)) return;
  // A new file system of type ext4 has this folder, too, and belongs to root.
  mkdirSync(volumeContents(volume.id), { recursive: true, mode: 0o755 });
  mkdirSync(folder(volume.id, "contents", "lost+found"), { recursive: true, mode: 0o700 });
  write(volume);
}

/** As long as its file system, a folder, is concerned there is nothing to do. */
export function resizeVolume(volume: Volume, sizeGiB: number): void {
  write({ ...volume, sizeGiB });
}

export const deleteVolume = (id: string): void => rmSync(folder(id), { recursive: true, force: true });
