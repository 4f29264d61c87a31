// The provider's `defaultTags`: what a resource has beside its own tags, which win.
import { type Bag, isBag } from "../provider/values.ts";

let defaults: Bag = {};

/** @param config the provider's configuration, in which objects are JSON */
export function configureDefaultTags({ defaultTags }: Bag): void {
  const given = typeof defaultTags === "string" ? parse(defaultTags) : (defaultTags ?? {});
  const { tags = {} } = isBag(given) ? given : { tags: given };
  if (!isBag(tags)) {
    throw new Error(
      `aws:defaultTags is ${JSON.stringify(defaultTags)}; allowed: an object such as {"tags": {"team": "payments"}}`,
    );
  }
  defaults = tags;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** What AWS knows in the end, as far as `tags` are known. */
export const allTags = (tags: unknown): Bag => ({ ...defaults, ...(isBag(tags) ? tags : {}) });
