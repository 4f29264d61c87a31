import type { Description } from "../description/description.ts";
import { idleSettings } from "../settings/idle.ts";
import type { Settings } from "../settings.ts";
import { idleLoadBalancer } from "./load-balancer.ts";
import { supportWarnings } from "./support.ts";
import { weakerChoices } from "./weaker.ts";

/** A preview accepts these, and warns of them. */
export function warnings(settings: Settings, service: Description, now: Date): string[] {
  return [
    ...weakerChoices(settings, service),
    ...supportWarnings(settings, service, now),
    ...idleSettings(settings, service.database),
    ...idleLoadBalancer(settings),
  ];
}
