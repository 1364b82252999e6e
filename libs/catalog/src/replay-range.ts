import type { Queryable } from './database.js';

/** A revision, or a time as RFC 3339: then the first revision committed at or after it, or the last at or before it. */
export type RangeBorder = number | string;

export interface ReplayRange {
  readonly ok: true;
  readonly from: number;
  readonly to: number;
}

export interface RangeRefused {
  readonly ok: false;
  readonly code: 'replay-range-empty' | 'revision-unknown';
  readonly detail: string;
  readonly limit?: number;
  readonly actual?: number;
}

interface BordersRow {
  head: number;
  from: number | null;
  to: number | null;
}

/** Which revisions are meant, at least one; `to` is the head where it is left out. Revision 0 as `from` means the first. */
export async function resolveRange(
  database: Queryable,
  from: RangeBorder,
  to?: RangeBorder,
): Promise<ReplayRange | RangeRefused> {
  const [row] = await database.query<BordersRow>(
    `select (select coalesce(max(number), 0) from revision) as head,
       (select min(number) from revision where committed_at >= $1) as "from",
       (select max(number) from revision where committed_at <= $2) as "to"`,
    [typeof from === 'string' ? from : null, typeof to === 'string' ? to : null],
  );
  const { head, ...byTime } = row as BordersRow;
  for (const asked of [from, to]) {
    if (typeof asked === 'number' && asked > head) return unknown(asked, head);
  }
  const first = typeof from === 'number' ? Math.max(from, 1) : byTime.from;
  const last = to === undefined ? head : typeof to === 'number' ? to : byTime.to;
  if (first === null || last === null || first > last) return empty(from, to, head);
  return { ok: true, from: first, to: last };
}

function unknown(asked: number, head: number): RangeRefused {
  const detail = `there is no revision ${asked}: the head is revision ${head}`;
  return { ok: false, code: 'revision-unknown', detail, limit: head, actual: asked };
}

function empty(from: RangeBorder, to: RangeBorder | undefined, head: number): RangeRefused {
  const border = (asked: RangeBorder): string => (typeof asked === 'number' ? `revision ${asked}` : asked);
  const range = `from ${border(from)} to ${to === undefined ? `the head, revision ${head}` : border(to)}`;
  return { ok: false, code: 'replay-range-empty', detail: `no revision lies in the range ${range}` };
}
