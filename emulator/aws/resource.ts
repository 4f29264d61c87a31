// What a resource type is to the emulator: its inputs, AWS' rules for each step, and the engine behind it, if any.
import type { Properties, Values } from "../provider/properties.ts";
import type { Identified, Table } from "./store.ts";

interface ResourceType<P extends Properties, R extends Identified> {
  token: string;
  /** AWS' error code for a value it doesn't allow. */
  invalid: string;
  properties: P;
  table: Table<R>;
  /** What AWS computes inside of an object that the inputs give: property -> fields. */
  computedFields?: { [K in keyof P]?: string[] };
  /** Refuses what doesn't fit together; sees the inputs alone, so that a preview tells. Values may be unknown. */
  check?(inputs: Values<P>): void;
  /** Refuses what AWS would, and returns what AWS computes. Nothing of it waits: two creations never interleave. */
  create(inputs: Values<P>): Omit<R, keyof P> & Partial<R>;
  /** Starts the engine; when that fails the resource is forgotten. */
  start?(resource: R, inputs: Values<P>): Promise<Partial<R> | undefined>;
  /** Refuses what AWS would, and returns what AWS computes anew. */
  update?(resource: R, inputs: Values<P>): Partial<R> | undefined;
  /** Changes the engine. */
  change?(resource: R, inputs: Values<P>): Promise<void>;
  /** Refuses what AWS would. */
  delete?(resource: R): void;
  /** Stops the engine, within the time that the program allows; 0 is the provider's own. */
  stop?(resource: R, timeoutSeconds: number): Promise<void>;
  /** Whether AWS still has it when Pulumi has let go of it. */
  outlives?(resource: R): boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: the provider holds types whose inputs differ.
export type AnyResourceType = Omit<ResourceType<any, any>, "properties"> & { properties: Properties };

export function resourceType<P extends Properties, R extends Identified>(
  definition: ResourceType<P, R>,
): ResourceType<P, R> {
  return definition;
}
