/** Functions of PostgreSQL's that read the clock once for a whole statement. */
const STABLE = [
  "current_timestamp",
  "localtimestamp",
  "now",
  "statement_timestamp",
  "timezone",
  "transaction_timestamp",
];
/** Words that may stand before a bracket and, being reserved, call nothing. */
const RESERVED = ["and", "exists", "from", "in", "not", "on", "or", "select", "values", "where"];

const HARMLESS = [
  /^comment on /,
  /^create (extension|type) /,
  /^create index concurrently /,
  // The constraint was added before, NOT VALID; this one scans without holding up writers.
  /^alter table [\w.]+ validate constraint \w+$/,
  /^set (local |session )?(lock|statement)_timeout /,
];

/**
 * Whether the running version goes on as before: the SQL is one statement that only adds or reads. Other SQL may be
 * harmless too, but only a person can tell.
 */
export function isHarmless(sql: string): boolean {
  const statement = bare(sql).replace(/ ?;$/, "");
  // Dollars quote as well, and may hide the end of a statement.
  if (/[;$]|--|\/\*/.test(statement)) return false;
  const added = statement
    .replace(/^insert into [\w.]+( ?\([\w, ]+\))? (default values$)?/, "")
    .replace(/ on conflict( ?\([\w, ]+\)| on constraint \w+)? do nothing/, "");
  // A function can do anything, SELECT INTO makes a table, and FOR locks rows until the migration ends.
  const isRead = /^((select|values)\b|$)/.test(added) && !/\b(for|into|update)\b/.test(added);
  return (
    (isRead && calls(added, ["gen_random_uuid", ...STABLE])) || HARMLESS.some((form) => form.test(statement))
  );
}

/** Whether PostgreSQL works it out once for all rows. */
export function isStable(sql: string): boolean {
  return calls(bare(sql), STABLE);
}

/** Whether PostgreSQL refuses it inside a transaction. */
export function isConcurrent(sql: string): boolean {
  return /\bindex concurrently\b/.test(bare(sql));
}

/** Without what stands in quotes, which might look like anything. */
function bare(sql: string): string {
  return sql
    .replace(/'[^']*'|"[^"]*"/g, (quoted) => (quoted.startsWith("'") ? "''" : "x"))
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

/** Whether no functions are called but these. */
function calls(sql: string, allowed: string[]): boolean {
  return [...sql.matchAll(/([\w.$\u0080-\uffff]+) ?\(/g)].every(([, name = ""]) =>
    [...allowed, ...RESERVED].includes(name),
  );
}
