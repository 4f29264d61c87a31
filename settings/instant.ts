import type { Setting } from "./types.ts";

const example = "2026-11-25T10:30:00Z";

/** A second in UTC. Pulumi reads one that isn't quoted in a stack file as a time, and hands it over in Go's form. */
export function instant({ about }: { about: string }): Setting<string> {
  return {
    type: "string",
    about,
    allowed: `a time in UTC such as ${example}`,
    example,
    parse: (raw) => {
      const [, day, time] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:Z| \+0000 UTC)$/.exec(raw) ?? [];
      return day && time ? { value: `${day}T${time}Z` } : { fault: {} };
    },
  };
}
