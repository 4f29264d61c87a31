/**
 * What RDS refuses as the name of a database or its user: words that PostgreSQL reserves (its kwlist.h), and RDS' own
 * (CreateDBInstance, DBName and MasterUsername); 2026-11.
 */
export const reserved: ReadonlySet<string> = new Set(
  (
    "admin all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation " +
    "column concurrently constraint create cross db default deferrable desc distinct do else end except false fetch for foreign " +
    "freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit " +
    "localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing postgres primary rdsadmin " +
    "references returning right select similar some symmetric table tablesample then to trailing true union unique user using " +
    "variadic verbose when where window with"
  ).split(" "),
);
