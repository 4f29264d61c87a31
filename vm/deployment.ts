import type { Description } from "../description/description.ts";
import type { Settings } from "../settings.ts";

/** What is rendered for a VM. */
export interface Deployment {
  service: Description;
  settings: Settings;
  /** The stack's name. */
  environment: string;
  /** `repository@sha256:…`; without it, a person writes it into the release's `.env`. */
  image?: string;
}
