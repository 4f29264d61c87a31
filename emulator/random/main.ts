// The plugin that Pulumi's engine starts as pulumi-resource-random: RandomPassword alone, without a state of its own.
import { randomInt } from "node:crypto";
import sdk from "@pulumi/random/package.json" with { type: "json" };
import bcrypt from "bcryptjs";
import { differences } from "../provider/diff.ts";
import {
  between,
  boolean,
  complete,
  map,
  number,
  problems,
  string,
  type Values,
} from "../provider/properties.ts";
import { type Provider, serve } from "../provider/server.ts";
import { expectType } from "../provider/urn.ts";
import { type Bag, resolveReferences, unwrapSecrets, wrapSecret } from "../provider/values.ts";

const type = "random:index/randomPassword:RandomPassword";

const replaceOnChange = true;
const least = () => number({ default: 0, replaceOnChange, constraint: between(0, 1000) });
const included = () => boolean({ default: true, replaceOnChange });

const properties = {
  length: number({ required: true, replaceOnChange, constraint: between(1, 1000) }),
  lower: included(),
  upper: included(),
  numeric: included(),
  special: included(),
  minLower: least(),
  minUpper: least(),
  minNumeric: least(),
  minSpecial: least(),
  overrideSpecial: string({ replaceOnChange }),
  keepers: map({ replaceOnChange }),
};

const pick = (characters: string): string => characters.charAt(randomInt(characters.length));

function password(inputs: Values<typeof properties>): string {
  const special = inputs.overrideSpecial ?? "!@#$%&*()-_=+[]{}<>:?";
  const groups: [characters: string, isIncluded: boolean, least: number][] = [
    ["abcdefghijklmnopqrstuvwxyz", inputs.lower, inputs.minLower],
    ["ABCDEFGHIJKLMNOPQRSTUVWXYZ", inputs.upper, inputs.minUpper],
    ["0123456789", inputs.numeric, inputs.minNumeric],
    [special, inputs.special, inputs.minSpecial],
  ];
  const required = groups.flatMap(([characters, , count]) =>
    Array.from({ length: count }, () => pick(characters)),
  );
  const all = groups.map(([characters, isIncluded]) => (isIncluded ? characters : "")).join("");
  if (all === "") throw new Error("RandomPassword needs one of lower, upper, numeric, special");
  if (required.length > inputs.length) {
    throw new Error(`RandomPassword's length is ${inputs.length}; its min* ask for ${required.length}`);
  }
  const rest = Array.from({ length: inputs.length - required.length }, () => pick(all));
  return shuffled([...required, ...rest]).join("");
}

/** Fisher and Yates' shuffle: each order is as likely as any other. */
function shuffled(characters: string[]): string[] {
  const result: string[] = [];
  for (const character of characters) {
    const place = randomInt(result.length + 1);
    result.push(character);
    [result[place], result[result.length - 1]] = [character, result[place] ?? character];
  }
  return result;
}

const provider: Provider = {
  version: sdk.version,
  check(urn, _olds, news) {
    expectType(urn, [type]);
    const inputs = complete(properties, resolveReferences(news) as Bag);
    return { inputs, failures: problems(properties, unwrapSecrets(inputs), "InvalidAttribute") };
  },
  diff: (_urn, state, inputs) => ({
    differences: differences(properties, unwrapSecrets(state), unwrapSecrets(inputs)),
    deleteBeforeReplace: false,
  }),
  async create(_urn, inputs, preview) {
    if (preview) return { id: "", outputs: inputs };
    const result = password(unwrapSecrets(inputs) as Values<typeof properties>);
    const bcryptHash = await bcrypt.hash(result, 10);
    return {
      id: "none",
      outputs: { ...inputs, result: wrapSecret(result), bcryptHash: wrapSecret(bcryptHash) },
    };
  },
  read: (_urn, id, outputs) => ({ id, outputs }),
  update: async (_urn, _id, state, inputs) => ({ ...state, ...inputs }),
  delete: async () => undefined,
};

serve(provider);
