export interface Bar {
  name: string;
  /** The number that the bar stands for, with its unit. */
  amount: string;
  from: number;
  to: number;
  note: string;
}

/** Bars of text on one scale. What matters comes first: a phone shows about 40 characters. */
export function bars(rows: Bar[], width = 24): string {
  const scale = width / Math.max(1, ...rows.map(({ to }) => to));
  const column = (value: number) => Math.round(value * scale);
  const [name, amount] = (["name", "amount"] as const).map((key) =>
    Math.max(...rows.map((row) => row[key].length)),
  ) as [number, number];
  const lines = rows.map((row) => {
    const length = Math.max(1, column(row.to) - column(row.from));
    const bar = " ".repeat(Math.min(column(row.from), width - 1)) + "█".repeat(length);
    return `${row.name.padEnd(name)} ${row.amount.padStart(amount)} ${bar.padEnd(width)} ${row.note}`;
  });
  return `${lines.join("\n")}\n`;
}
