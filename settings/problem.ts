/** What is wrong with a setting, and how to repair it. */
export interface Problem {
  key: string;
  got: string;
  allowed: string;
  fix: string;
  /** Lines below the others, such as a picture. */
  details?: readonly string[];
}

const LONGEST = 200;

export function describe({ key, got, allowed, fix, details = [] }: Problem): string {
  return [`${key}: got ${got}; allowed: ${allowed}; fix: ${fix}`, ...details].join("\n      ");
}

/** In quotes and on one line, with everything escaped that could be taken for something else. */
export function quoted(text: string): string {
  const escaped = JSON.stringify(text).replace(
    /[^\x20-\x7e]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  return shortened(escaped);
}

/** As it is, where a shell and whoever reads it take it for what it is. */
export function named(key: string): string {
  return /^[\w.:-]+$/.test(key) ? key : quoted(key);
}

export function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}

export function nearest(key: string, known: readonly string[]): string | undefined {
  return known.toSorted((a, b) => distance(key, a) - distance(key, b))[0];
}

/** Levenshtein's: letters to add, drop or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a.toLowerCase()].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b.toLowerCase()].entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
