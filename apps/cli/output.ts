import Table from 'cli-table3';

export type Cell = string | number | null | undefined;

/** A table for people. With `numbers`, all columns but the first stand to the right. */
export function printTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  { numbers = false }: { numbers?: boolean } = {},
): void {
  const colAligns = headings.map((_heading, column) => (numbers && column > 0 ? 'right' : 'left'));
  const table = new Table({ head: [...headings], colAligns, style: { head: [], border: [], compact: true } });
  for (const row of rows) table.push(row.map((cell) => String(cell ?? '')));
  console.log(table.toString());
}

/** One value for programmes. */
export function printJson(value: unknown): void {
  console.log(JSON.stringify(value, undefined, 2));
}

/** `1234567` → `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `125` → `2 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
