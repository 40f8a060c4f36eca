// Tables in plain text.

/**
 * A table with a heading line, two spaces between columns, no trailing spaces, no final newline.
 * @param alignment one character a column: `<` left, `>` right
 */
export function textTable(heading: readonly string[], rows: readonly (readonly string[])[], alignment: string): string {
  const widths = heading.map((title, column) => Math.max(title.length, ...rows.map(row => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, column) => align(cells[column] ?? '', width, alignment[column] ?? '<'))
      .join('  ')
      .trimEnd();
  return [heading, ...rows].map(line).join('\n');
}

function align(text: string, width: number, side: string): string {
  return side === '>' ? text.padStart(width) : text.padEnd(width);
}
