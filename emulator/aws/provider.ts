// A Pulumi provider over a list of resource types: check, diff, create, read, update and delete are the same for all.
import { randomBytes } from "node:crypto";
import { differences, merge } from "../provider/diff.ts";
import { complete, failure, type Problem, type Property, problems } from "../provider/properties.ts";
import type { Provider, Resource } from "../provider/server.ts";
import { expectType } from "../provider/urn.ts";
import {
  type Bag,
  containsSecret,
  isBag,
  isEqual,
  isUnknown,
  mapValues,
  resolveReferences,
  unknownValue,
  unwrapSecrets,
} from "../provider/values.ts";
import { allTags, configureDefaultTags } from "./default-tags.ts";
import { AwsError } from "./errors.ts";
import { takeAsLongAsAws } from "./latency.ts";
import type { AnyResourceType } from "./resource.ts";

export type Functions = Record<string, (args: Bag) => Bag | Promise<Bag>>;

/** Names that Pulumi made are listed here, as Terraform's providers have it: a replacement may make new ones. */
const defaultsKey = "__defaults";

export function createProvider(version: string, types: AnyResourceType[], functions: Functions): Provider {
  const byToken = Object.fromEntries(types.map((type) => [type.token, type]));
  const typeOf = (urn: string) => byToken[expectType(urn, Object.keys(byToken))] as AnyResourceType;

  return {
    version,
    configure: configureDefaultTags,
    check: (urn, olds, news) => check(typeOf(urn), urn, olds, news),
    diff: (urn, state, inputs) => diff(typeOf(urn), state, inputs),
    create: (urn, inputs, preview) => create(typeOf(urn), inputs, preview),
    read: (urn, id, state) => read(typeOf(urn), id, state),
    update: (urn, id, state, inputs, preview) => update(typeOf(urn), id, state, inputs, preview),
    delete: (urn, id, timeoutSeconds) => remove(typeOf(urn), id, timeoutSeconds),
    invoke(token, args) {
      const implementation = functions[token];
      if (!implementation) {
        throw new Error(`the emulator doesn't know ${token}; it knows ${Object.keys(functions).join(", ")}`);
      }
      return implementation(args);
    },
  };
}

function check(type: AnyResourceType, urn: string, olds: Bag, news: Bag) {
  const { inputs: given, defaults } = autoName(type, urn, olds, resolveReferences(news) as Bag);
  const inputs = complete(type.properties, given);
  const values = unwrapSecrets(inputs);
  const failures = problems(type.properties, values, type.invalid);
  // Both kinds of tags count.
  if (takesTags(type) && failures.length === 0)
    failures.push(
      ...problems({ tags: type.properties.tags as Property }, { tags: allTags(values.tags) }, type.invalid),
    );
  if (failures.length === 0) failures.push(...refusals(() => type.check?.(values)));
  return { inputs: defaults.length > 0 ? { ...inputs, [defaultsKey]: defaults } : inputs, failures };
}

function refusals(rule: () => void): Problem[] {
  try {
    rule();
    return [];
  } catch (error) {
    if (error instanceof AwsError) return [failure(error.message)];
    throw error;
  }
}

function autoName(
  type: AnyResourceType,
  urn: string,
  olds: Bag,
  news: Bag,
): { inputs: Bag; defaults: string[] } {
  const named = Object.entries(type.properties).find(([, property]) => property.autoName)?.[0];
  const hasName = named === undefined || news[named] !== undefined || news[`${named}Prefix`] !== undefined;
  if (hasName) return { inputs: news, defaults: [] };
  const wasMade = ((olds[defaultsKey] ?? []) as string[]).includes(named);
  const name = wasMade
    ? olds[named]
    : `${urn.split("::").at(-1)}-${randomBytes(4).toString("hex").slice(0, 7)}`;
  return { inputs: { ...news, [named]: name }, defaults: [named] };
}

function diff(type: AnyResourceType, state: Bag, { [defaultsKey]: defaults = [], ...inputs }: Bag) {
  const [old, next] = [unwrapSecrets(state), unwrapSecrets(inputs)];
  const found = differences(type.properties, old, next);
  // Other tags of the provider change every resource that takes tags, and no input of it.
  if (takesTags(type) && !isUnknown(next.tags) && !isEqual(old.tagsAll, allTags(next.tags))) {
    if (!found.some(({ property }) => property === "tags"))
      found.push({ property: "tagsAll", replaces: false });
  }
  const named = Object.entries(type.properties).find(([, property]) => property.autoName)?.[0];
  const keepsName =
    named !== undefined && old[named] === next[named] && !(defaults as string[]).includes(named);
  return { differences: found, deleteBeforeReplace: keepsName && found.some((change) => change.replaces) };
}

async function create(
  type: AnyResourceType,
  { [defaultsKey]: _, ...inputs }: Bag,
  preview: boolean,
): Promise<Resource> {
  if (preview) return { id: "", outputs: withUnknownFields(type, inputs) };
  const values = unwrapSecrets(inputs);
  const outputs = withTags(type, { ...inputs, ...type.create(values) });
  const resource = storable(type, outputs);
  type.table.put(resource);
  try {
    await takeAsLongAsAws(type.token, values);
    Object.assign(outputs, await type.start?.(resource, values));
  } catch (error) {
    type.table.remove(resource.id);
    throw error;
  }
  type.table.put(storable(type, outputs));
  return { id: resource.id, outputs: defined(outputs) };
}

/** The engine itself takes an output that isn't there for unknown, but not one inside an object. */
function withUnknownFields(type: AnyResourceType, inputs: Bag): Bag {
  const outputs = { ...inputs };
  for (const [name, fields = []] of Object.entries(type.computedFields ?? {})) {
    outputs[name] = {
      ...(outputs[name] as Bag),
      ...Object.fromEntries(fields.map((field) => [field, unknownValue])),
    };
  }
  return outputs;
}

function read(type: AnyResourceType, id: string, state: Bag): Resource | undefined {
  const resource = type.table.get(id);
  if (!resource) return undefined;
  // The emulator keeps no secret: only the engine's (encrypted) state has it.
  const secret = Object.entries(state).filter(([name, value]) => isSecret(type, name, value));
  return { id, outputs: { ...resource, ...Object.fromEntries(secret) } };
}

async function update(
  type: AnyResourceType,
  id: string,
  state: Bag,
  { [defaultsKey]: _, ...inputs }: Bag,
  preview: boolean,
): Promise<Bag> {
  if (preview) return withTags(type, merge(type.properties, state, inputs));
  const values = unwrapSecrets(inputs);
  const resource = type.table.expect(id);
  const computed = type.update?.(resource, values);
  await type.change?.(resource, values);
  const outputs = withTags(type, { ...merge(type.properties, type.table.expect(id), inputs), ...computed });
  type.table.put(storable(type, outputs));
  return defined(outputs);
}

async function remove(type: AnyResourceType, id: string, timeoutSeconds: number): Promise<void> {
  const resource = type.table.get(id);
  if (!resource) return;
  type.delete?.(resource);
  await type.stop?.(resource, timeoutSeconds);
  if (!type.outlives?.(resource)) type.table.remove(id);
}

const takesTags = (type: AnyResourceType): boolean => "tags" in type.properties;

const withTags = (type: AnyResourceType, outputs: Bag): Bag =>
  takesTags(type) ? { ...outputs, tagsAll: allTags(outputs.tags) } : outputs;

const isSecret = (type: AnyResourceType, name: string, value: unknown): boolean =>
  Boolean(type.properties[name]?.sensitive) || containsSecret(value);

function storable(type: AnyResourceType, outputs: Bag): Bag & { id: string } {
  const kept = Object.entries(outputs).filter(([name, value]) => !isSecret(type, name, value));
  return Object.fromEntries(kept) as Bag & { id: string };
}

/** The protocol has no undefined. */
function defined(value: Bag): Bag {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return mapValues(Object.fromEntries(entries), (entry) => (isBag(entry) ? defined(entry) : entry));
}
