const PART = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Longest duration: a day. */
export const MAX_DURATION_MS = 86_400_000;

/** Milliseconds of `250ms`, `2s`, `10m`, `1h`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = PART.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const milliseconds = Math.round(Number(amount) * (UNIT_MS[unit] ?? 0));
  return milliseconds <= MAX_DURATION_MS ? milliseconds : undefined;
}
