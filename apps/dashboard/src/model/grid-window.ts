/** What of a long list stands in sight: from `first` to before `end`, with a margin on both sides. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

export function spanOf(scrolled: number, visible: number, size: number, total: number, margin = 2): Span {
  const first = Math.max(0, Math.floor(scrolled / size) - margin);
  const end = Math.min(total, Math.ceil((scrolled + visible) / size) + margin);
  return { first: Math.min(first, total), end };
}

/** A place in the matrix; −1 is the header of the row or of the column. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

export interface GridSize {
  readonly rows: number;
  readonly columns: number;
  readonly pageRows: number;
}

/** Where a key leads from a place, or undefined where the key means nothing to the matrix. */
export function moveTo(key: string, control: boolean, from: Place, size: GridSize): Place | undefined {
  const { row, column } = from;
  const last = size.columns - 1;
  switch (key) {
    case 'ArrowUp':
      return bound({ row: row - 1, column }, size);
    case 'ArrowDown':
      return bound({ row: row + 1, column }, size);
    case 'ArrowLeft':
      return bound({ row, column: column - 1 }, size);
    case 'ArrowRight':
      return bound({ row, column: column + 1 }, size);
    case 'PageUp':
      return bound({ row: Math.max(0, row - size.pageRows), column }, size);
    case 'PageDown':
      return bound({ row: row + size.pageRows, column }, size);
    case 'Home':
      return bound({ row: control ? 0 : row, column: -1 }, size);
    case 'End':
      return bound({ row: control ? size.rows - 1 : row, column: last }, size);
    default:
      return undefined;
  }
}

/** The nearest place that exists; the corner where both headers meet is none. */
export function bound({ row, column }: Place, size: Pick<GridSize, 'rows' | 'columns'>): Place {
  const place = {
    row: Math.min(Math.max(row, -1), size.rows - 1),
    column: Math.min(Math.max(column, -1), size.columns - 1),
  };
  return place.row === -1 && place.column === -1 ? { row: 0, column: -1 } : place;
}
