import { widthOf } from './paint.js';

const GAP = '   ';
/** The last column is wrapped only where this much room is left for it. */
const LEAST_LAST_COLUMN = 24;

/** Columns as wide as their widest cell. The last one is wrapped to the width of the terminal, where there is one. */
export function table(rows: readonly (readonly string[])[], width = Number.POSITIVE_INFINITY): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + GAP.length, 0);
  const room = width - before;
  return rows.flatMap((row) => {
    const cells = row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))));
    const last = row.length === columns ? (row[columns - 1] ?? '') : '';
    if (room < LEAST_LAST_COLUMN || widthOf(last) <= room) return [cells.join(GAP).trimEnd()];
    const [first = '', ...more] = wrap(last, room);
    return [[...cells.slice(0, -1), first].join(GAP), ...more.map((line) => ' '.repeat(before) + line)];
  });
}

/** The text in lines of at most so many columns, broken between words. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
