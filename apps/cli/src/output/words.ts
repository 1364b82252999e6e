/** `96 KB`, `3.8 MB`: two figures below ten. */
export function bytes(amount: number): string {
  if (amount < 1_000) return `${amount} B`;
  let value = amount / 1_024;
  for (const unit of ['KB', 'MB', 'GB']) {
    if (value < 1_000 || unit === 'GB') return `${twoFigures(value)} ${unit}`;
    value /= 1_024;
  }
  return `${amount} B`;
}

const STEPS: readonly (readonly [limitSeconds: number, perUnit: number, unit: string])[] = [
  [60, 1, 's'],
  [3_600, 60, 'min'],
  [172_800, 3_600, 'h'],
];

/** `0.9 s`, `41 s`, `3 min`, `5 h`, `12 d`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  for (const [limit, perUnit, unit] of STEPS) {
    if (Math.round(seconds) < limit) return `${Math.round(seconds / perUnit)} ${unit}`;
  }
  return `${Math.round(seconds / 86_400)} d`;
}

/** The same, and milliseconds below a second. */
export function fineSpan(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(Math.max(0, milliseconds))} ms` : span(milliseconds);
}

/** `6 min ago`, by the clock that is given; `in 40 s` for what lies ahead. */
export function relative(time: string, nowMs: number): string {
  const milliseconds = nowMs - Date.parse(time);
  return milliseconds >= 0 ? `${span(milliseconds)} ago` : `in ${span(-milliseconds)}`;
}

/** `2026-11-24 02:14:07`, in the reader's zone. */
export function localTime(time: string): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Times within a service's words, as the reader's clock shows them. */
export function withLocalTimes(text: string): string {
  return text.replaceAll(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z/g, localTime);
}

/** `1 node`, `3 nodes`. */
export function count(amount: number, noun: string, plural = `${noun}s`): string {
  return `${amount} ${amount === 1 ? noun : plural}`;
}

/** `a, b and c`; of many names the first ones, and how many more. */
export function names(all: readonly string[], most = 8): string {
  if (all.length > most) return `${all.slice(0, most).join(', ')} and ${all.length - most} more`;
  if (all.length < 2) return all.join('');
  return `${all.slice(0, -1).join(', ')} and ${all.at(-1) ?? ''}`;
}

function twoFigures(value: number): string {
  return value < 9.95 ? value.toFixed(1) : String(Math.round(value));
}
