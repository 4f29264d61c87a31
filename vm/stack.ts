import { projectFile, stackConfig } from "../plan/config.ts";
import { checkSettings } from "../settings/load.ts";
import type { Settings } from "../settings.ts";

/** A stack's settings, without Pulumi's command or credentials. */
export function stackSettings(stack: string): Settings {
  const prefix = `${projectFile().name}:`;
  const own = Object.entries(stackConfig(stack)).filter(([key]) => key.startsWith(prefix));
  return checkSettings(Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])));
}
