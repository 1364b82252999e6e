/** The measures of the matrix in CSS pixels. */
export interface Layout {
  readonly wide: boolean;
  readonly headWidth: number;
  readonly headHeight: number;
  readonly columnWidth: number;
  readonly rowHeight: number;
}

const WIDE_COLUMN = 104;
const MAX_HEAD = 148;
/** Mean width of a letter in the head of a column. */
const LETTER = 6.4;

/** Words in the cells where there is room for them, shapes alone where there is not. */
export function layoutFor(width: number, columns: number, longestName: number): Layout {
  const phone = width < 520;
  const headWidth = phone ? 124 : 208;
  const room = Math.floor((width - headWidth) / Math.max(1, columns));
  if (room >= WIDE_COLUMN) {
    return { wide: true, headWidth, headHeight: 52, columnWidth: Math.min(room, 184), rowHeight: 44 };
  }
  const columnWidth = columns > 60 ? 20 : 28;
  return {
    wide: false,
    headWidth,
    headHeight: Math.min(MAX_HEAD, 20 + longestName * LETTER),
    columnWidth,
    rowHeight: columns > 60 ? 24 : 36,
  };
}
