import { isAbsolute } from 'node:path';
import { z } from 'zod';

const DURATION_UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTE_UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;
/** Longest that a Node timer takes: a longer one would fire at once. */
const MAX_DURATION_MS = 2 ** 31 - 1;

/** The milliseconds of `250ms`, `5s`, `10m`, `1h` or `1d`; undefined where the text is none of them. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim());
  if (match === null) return undefined;
  const ms = Math.round(Number(match[1]) * DURATION_UNITS_MS[match[2] as keyof typeof DURATION_UNITS_MS]);
  return ms <= MAX_DURATION_MS ? ms : undefined;
}

/** The bytes of `1048576`, `512KiB`, `64MiB`, `1 GiB`; `K`, `M`, `G`, `T` and `KB` … count in powers of 1024 too. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,3})?)\s*(?:([KMGT])(?:i?B)?|B)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const unit = match[2] === undefined ? 'B' : (`${match[2].toUpperCase()}iB` as keyof typeof BYTE_UNITS);
  const sizeBytes = Math.round(Number(match[1]) * BYTE_UNITS[unit]);
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : undefined;
}

/** A text that `parse` turns into a value; `takes` tells people what it wants, when it is bad and when it is missing. */
function parsed<T>(takes: string, parse: (text: string) => T | undefined) {
  return z.string({ error: takes }).transform((text, context): T => {
    const value = parse(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: takes });
    return z.NEVER;
  });
}

/** A duration, in ms: `250ms`, `5s`, `10m`, `1h`. */
export function duration() {
  return parsed('a duration such as 250ms, 5s, 10m or 1h (24d at most)', parseDuration);
}

/** A size, in bytes: `1048576`, `512KiB`, `64MiB`, `1GiB`. */
export function bytes() {
  return parsed('a size such as 1048576, 512KiB, 64MiB or 1GiB', parseBytes);
}

/** A TCP port; 0 takes any free one. */
export function port() {
  return integer(0, 65_535, 'a port from 1 to 65535, or 0 for any free one');
}

export function integer(minimum: number, maximum: number, takes = `a whole number from ${minimum} to ${maximum}`) {
  return parsed(takes, (text) => {
    const value = /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
    return value >= minimum && value <= maximum ? value : undefined;
  });
}

/** `yes`, `true`, `on`, `1` or `no`, `false`, `off`, `0`, in any case. */
export function yesNo() {
  return parsed('yes or no', (text) => {
    if (/^(?:yes|true|on|1)$/i.test(text.trim())) return true;
    return /^(?:no|false|off|0)$/i.test(text.trim()) ? false : undefined;
  });
}

/** Texts with commas between them; empty ones are left out. */
export function list() {
  return parsed('a list with commas between its items', (text) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  );
}

export function absolutePath() {
  return parsed('an absolute path', (text) => (isAbsolute(text) && !text.includes('\0') ? text : undefined));
}

/** `postgres://…` or `postgresql://…`. */
export function databaseUrl() {
  return parsed('a database URL such as postgres://user:password@host:5432/muster', (text) =>
    /^postgres(?:ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined,
  );
}

/** `http://…` or `https://…`, without a query or a fragment. */
export function httpUrl() {
  return parsed('an address such as http://127.0.0.1:8080', (text) => {
    const url = /^https?:\/\//.test(text) && URL.canParse(text) ? new URL(text) : undefined;
    return url === undefined || url.search !== '' || url.hash !== '' ? undefined : url.href;
  });
}
