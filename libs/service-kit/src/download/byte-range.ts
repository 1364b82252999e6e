/** Bytes `[offset, offset + lengthBytes)` of the whole. */
export interface ByteRange {
  readonly offset: number;
  readonly lengthBytes: number;
}

export type RangeAnswer =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' };

/**
 * What a `Range` header asks of a body of this size (RFC 9110, 14). Only a single range is served; several, another unit
 * or nonsense give the whole, as the RFC allows.
 */
export function readRange(header: string | undefined, sizeBytes: number): RangeAnswer {
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '');
  const [, first, last] = match ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return { kind: 'whole' };
  if (first === '') return part(Math.max(0, sizeBytes - Number(last)), sizeBytes - 1, sizeBytes);
  if (last !== '' && Number(last) < Number(first)) return { kind: 'whole' };
  return part(Number(first), last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1), sizeBytes);
}

function part(first: number, last: number, sizeBytes: number): RangeAnswer {
  if (first >= sizeBytes || last < first) return { kind: 'unsatisfiable' };
  return { kind: 'part', range: { offset: first, lengthBytes: last - first + 1 } };
}
