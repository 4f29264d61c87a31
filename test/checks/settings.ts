import { checkSettings } from "../../settings/load.ts";
import type { Settings } from "../../settings.ts";

/** Production's defaults. */
export const production: Settings = checkSettings({ imageBase: `python:3.13-slim@sha256:${"0".repeat(64)}` });

type Changes = { [Group in keyof Settings]?: Partial<Settings[Group]> };

/** Production's defaults, changed group by group. */
export function settingsWith(
  changes: Omit<Changes, "protect" | "externalSecrets"> & { protect?: boolean; externalSecrets?: boolean },
): Settings {
  const { app, database, loadBalancer, pooler, migration, image, network } = production;
  return {
    ...production,
    protect: changes.protect ?? true,
    externalSecrets: changes.externalSecrets ?? false,
    app: { ...app, ...changes.app },
    database: { ...database, ...changes.database },
    loadBalancer: { ...loadBalancer, ...changes.loadBalancer },
    pooler: { ...pooler, ...changes.pooler },
    migration: { ...migration, ...changes.migration },
    image: { ...image, ...changes.image },
    network: { ...network, ...changes.network },
  };
}
