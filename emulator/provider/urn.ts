/** The type that a URN (urn:pulumi:<stack>::<project>::<parent's type>$<type>::<name>) names, if it is a known one. */
export function expectType(urn: string, known: string[]): string {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  if (!known.includes(type)) {
    throw new Error(`the emulator doesn't know ${type}; it knows ${known.join(", ")}`);
  }
  return type;
}
