const SECOND = 1;
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Two figures and a unit: `0.9 s`, `41 s`, `3 min`, `5 h`, `2 days`. */
export function duration(seconds: number): string {
  if (seconds < 0.001) return '0 ms';
  if (seconds < 0.1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 90 * SECOND) return `${Math.round(seconds)} s`;
  if (seconds < 90 * MINUTE) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 36 * HOUR) return `${Math.round(seconds / HOUR)} h`;
  return `${Math.round(seconds / DAY)} days`;
}

/** Whole seconds, for what is told every second: no tenths that nobody can read. */
export function age(seconds: number): string {
  return seconds < 9.95 ? `${Math.max(0, Math.floor(seconds))} s` : duration(seconds);
}

export function bytes(size: number): string {
  if (size < 1_000) return `${size} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = size / 1_000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

/** `12:04` of today, `23 Nov 12:04` of another day, in the reader's zone. */
export function clock(time: string, nowMs: number): string {
  const at = new Date(time);
  const sameDay = at.toDateString() === new Date(nowMs).toDateString();
  const hours = at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (sameDay) return hours;
  return `${at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${hours}`;
}

/** The exact time, for a title. */
export function exact(time: string): string {
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'long' });
}

export function secondsBetween(from: string, toMs: number): number {
  return (toMs - Date.parse(from)) / 1000;
}

export function shortDigest(digest: string): string {
  return digest.slice(0, 12);
}
