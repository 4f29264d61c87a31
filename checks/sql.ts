/**
 * Whether a version that doesn't know of this SQL works on as before: one statement, of a kind that only
 * adds or reads. Anything else may be harmless too, but that takes a person to tell.
 */
export function isHarmless(sql: string): boolean {
  const statement = sql.trim().replace(/;$/, "");
  if (/;|--|\/\*/.test(statement)) return false;
  const words = statement.toLowerCase().split(/\s+/);
  const starts = (...expected: string[]) => expected.every((word, index) => words[index] === word);
  // A function can do anything, and SELECT INTO makes a table.
  if (starts("select")) return !statement.includes("(") && !words.includes("into");
  return (
    starts("comment", "on") ||
    starts("insert", "into") ||
    starts("create", "index", "concurrently") ||
    // The constraint was added before, NOT VALID; this one scans without holding up writers.
    (starts("alter", "table") && words[3] === "validate" && words[4] === "constraint" && words.length === 6)
  );
}
