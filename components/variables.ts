// Puts what the stack knows in place of the names that service.ts uses for it.
import * as pulumi from "@pulumi/pulumi";
import { isSecret, type KnownName, knownIn, pieces, type Value } from "../description/known.ts";

/** Without those that the stack doesn't have, such as a database's where there is none. */
export type KnownValues = { readonly [Name in KnownName]?: pulumi.Input<string> };

type Texts = Record<string, pulumi.Input<string>>;

/** Values whose known parts are all there, as texts. */
export function resolved(values: Readonly<Record<string, Value>>, known: KnownValues): Texts {
  const there = Object.entries(values).filter(([, value]) =>
    knownIn(value).every(({ name }) => known[name] !== undefined),
  );
  const text = (value: Value) =>
    pieces(value).map((piece) => (typeof piece === "string" ? piece : (known[piece.name] ?? "")));
  return Object.fromEntries(there.map(([key, value]) => [key, joined(text(value))]));
}

/** What pods of one service differ in: a migration's user owns the database, and calls it past a pooler. */
const OWN: readonly KnownName[] = ["image", "database.user", "database.host", "database.port"];

/** The same, apart by where a container may have them from. `own` differ between pods that share the rest. */
export function sorted(values: Readonly<Record<string, Value>>, known: KnownValues) {
  const only = (belongs: (value: Value) => boolean) =>
    resolved(Object.fromEntries(Object.entries(values).filter(([, value]) => belongs(value))), known);
  const isOwn = (value: Value) => knownIn(value).some(({ name }) => OWN.includes(name));
  return {
    secrets: only(isSecret),
    own: only((value) => isOwn(value) && !isSecret(value)),
    plain: only((value) => !isOwn(value) && !isSecret(value)),
  };
}

function joined(texts: pulumi.Input<string>[]): pulumi.Input<string> {
  const [only = ""] = texts;
  return texts.length > 1 ? pulumi.concat(...texts) : only;
}
