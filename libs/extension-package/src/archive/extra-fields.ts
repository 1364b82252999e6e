import { PackageRefused } from '../package-refused.js';

/** One field of a header's extra part. */
export interface ExtraField {
  readonly id: number;
  readonly data: Buffer;
}

export const ZIP64_FIELD = 0x0001;
export const UNICODE_PATH_FIELD = 0x7075;
const MARKER = 0xffffffff;

/** The extra fields of a header; up to three bytes of padding behind the last are borne, as zip tools do. */
export function readExtraFields(extra: Buffer, shown: string): ExtraField[] {
  const fields: ExtraField[] = [];
  let at = 0;
  while (at + 4 <= extra.length) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) {
      throw new PackageRefused('header-mismatch', `an extra field of ${shown} is longer than its header says`, {
        remedy: 'Build the zip again with an ordinary tool.',
      });
    }
    fields.push({ id: extra.readUInt16LE(at), data: extra.subarray(at + 4, end) });
    at = end;
  }
  return fields;
}

/**
 * 32-bit numbers of a header with those that hold the marker 0xffffffff replaced by the 64-bit ones of the zip64 field. The
 * field must hold exactly the numbers that are marked, or, where `mayHoldBoth`, both sizes: anything else is read
 * differently by different readers.
 */
export function readZip64(
  numbers: readonly number[],
  fields: readonly ExtraField[],
  shown: string,
  mayHoldBoth: boolean,
): number[] {
  const zip64 = fields.filter(({ id }) => id === ZIP64_FIELD);
  const data = zip64[0]?.data;
  const marked = numbers.filter((number) => number === MARKER).length;
  if (zip64.length > 1) throw invalid(`${shown} has ${zip64.length} zip64 fields`);
  if (data === undefined) {
    if (marked === 0) return [...numbers];
    throw invalid(`${shown} lacks the zip64 field that its header announces`);
  }
  const both = mayHoldBoth && data.length === 16;
  if (!both && data.length !== marked * 8)
    throw invalid(`the zip64 field of ${shown} has ${data.length} bytes, not ${marked * 8}`);
  let at = 0;
  return numbers.map((number, index) => {
    const wide = both
      ? data.readBigUInt64LE(index * 8)
      : number === MARKER
        ? data.readBigUInt64LE((at += 8) - 8)
        : BigInt(number);
    if (both && number !== MARKER && wide !== BigInt(number))
      throw invalid(`the zip64 field of ${shown} contradicts its header`);
    if (wide > BigInt(Number.MAX_SAFE_INTEGER))
      throw invalid(`the zip64 field of ${shown} says ${wide}, which no file can have`);
    return Number(wide);
  });
}

function invalid(detail: string): PackageRefused {
  return new PackageRefused('zip64-invalid', detail, { remedy: 'Build the zip again with an ordinary tool.' });
}
