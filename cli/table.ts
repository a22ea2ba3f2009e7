/** Rows of text in columns, for a terminal. */

/** The first row is the head. Columns of numbers, by their heads, are right-aligned. */
export function formatTable(rows: readonly (readonly string[])[], numbers: ReadonlySet<string>): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) => {
    const cells = head.map((name, column) => {
      const cell = row[column] ?? "";
      return numbers.has(name) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
    });
    return `${cells.join("  ").trimEnd()}\n`;
  });
  return lines.join("");
}
