// A Pulumi provider over a list of resource types: check, diff, create, read, update and delete are the same for all.
import { randomBytes } from "node:crypto";
import type { CheckFailure, Provider } from "@pulumi/pulumi/provider/index.js";
import { differences, merge } from "./diff.ts";
import { AwsError } from "./errors.ts";
import { takeAsLongAsAws } from "./latency.ts";
import { complete, failure, problems } from "./properties.ts";
import type { AnyResourceType } from "./resource.ts";
import { type Bag, containsSecret, isBag, mapValues, resolveReferences, unwrapSecrets } from "./values.ts";

export type Functions = Record<string, (args: Bag) => Bag>;

/** Names that Pulumi made are listed here, as Terraform's providers have it: a replacement may make new ones. */
const defaultsKey = "__defaults";

export function createProvider(version: string, types: AnyResourceType[], functions: Functions): Provider {
  const byToken = new Map(types.map((type) => [type.token, type]));

  function typeOf(urn: string): AnyResourceType {
    const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const type = byToken.get(token);
    if (!type)
      throw new Error(`the emulator doesn't know ${token}; it knows ${[...byToken.keys()].join(", ")}`);
    return type;
  }

  return {
    version,
    check: async (urn, olds, news) => check(typeOf(urn), urn, olds, news),
    diff: async (_id, urn, olds, news) => diff(typeOf(urn), olds, news),
    create: (urn, inputs) => create(typeOf(urn), inputs),
    read: async (id, urn, props) => read(typeOf(urn), id, props ?? {}),
    update: (id, urn, _olds, news) => update(typeOf(urn), id, news),
    delete: (id, urn) => remove(typeOf(urn), id),
    async invoke(token, args) {
      const implementation = functions[token];
      if (!implementation) {
        throw new Error(`the emulator doesn't know ${token}; it knows ${Object.keys(functions).join(", ")}`);
      }
      return { outputs: implementation(args) };
    },
  };
}

function check(type: AnyResourceType, urn: string, olds: Bag, news: Bag) {
  const { inputs: given, defaults } = autoName(type, urn, olds, resolveReferences(news) as Bag);
  const inputs = complete(type.properties, given);
  const values = unwrapSecrets(inputs);
  const failures = problems(type.properties, values, type.invalid);
  if (failures.length === 0) failures.push(...refusals(() => type.check?.(values)));
  return { inputs: defaults.length > 0 ? { ...inputs, [defaultsKey]: defaults } : inputs, failures };
}

function refusals(rule: () => void): CheckFailure[] {
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

function diff(type: AnyResourceType, olds: Bag, news: Bag) {
  const { [defaultsKey]: defaults = [], ...inputs } = news;
  const [old, next] = [unwrapSecrets(olds), unwrapSecrets(inputs)];
  const changes = differences(type.properties, old, next);
  const replaces = changes.filter((change) => change.replaces).map((change) => change.property);
  const named = Object.entries(type.properties).find(([, property]) => property.autoName)?.[0];
  const keepsName =
    named !== undefined && old[named] === next[named] && !(defaults as string[]).includes(named);
  return { changes: changes.length > 0, replaces, deleteBeforeReplace: replaces.length > 0 && keepsName };
}

async function create(type: AnyResourceType, { [defaultsKey]: _, ...inputs }: Bag) {
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
  return { id: resource.id, outs: defined(outputs) };
}

function read(type: AnyResourceType, id: string, props: Bag) {
  const resource = type.table.get(id);
  if (!resource) return { id: "", props: {} };
  // The emulator keeps no secret: only the engine's (encrypted) state has it.
  const secret = Object.entries(props).filter(([name, value]) => isSecret(type, name, value));
  return { id, props: { ...resource, ...Object.fromEntries(secret) } };
}

async function update(type: AnyResourceType, id: string, { [defaultsKey]: _, ...inputs }: Bag) {
  const values = unwrapSecrets(inputs);
  const resource = type.table.expect(id);
  const computed = type.update?.(resource, values);
  await type.change?.(resource, values);
  const outputs = withTags(type, { ...merge(type.properties, type.table.expect(id), inputs), ...computed });
  type.table.put(storable(type, outputs));
  return { outs: defined(outputs) };
}

async function remove(type: AnyResourceType, id: string): Promise<void> {
  const resource = type.table.get(id);
  if (!resource) return;
  type.delete?.(resource);
  await type.stop?.(resource);
  if (!type.outlives?.(resource)) type.table.remove(id);
}

const withTags = (type: AnyResourceType, outputs: Bag): Bag =>
  "tags" in type.properties ? { ...outputs, tagsAll: outputs.tags ?? {} } : outputs;

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
