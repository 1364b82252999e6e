/** A moment as it stands in a sentence: the time of day, with the date where it was not within the last day. */
export function clockTime(ms: number, nowMs: number): string {
  const text = new Date(ms).toISOString();
  const time = `${text.slice(11, 19)} UTC`;
  return Math.abs(nowMs - ms) < 86_400_000 ? time : `${text.slice(0, 10)} ${time}`;
}

/** `since 10:02:15 UTC (6 min)`. */
export function since(ms: number, nowMs: number): string {
  return `since ${clockTime(ms, nowMs)} (${duration(nowMs - ms)})`;
}

/** A length of time with two figures: `0.9 s`, `41 s`, `3 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}

export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

const MAX_WORDS = 400;

/** Words of somebody else, on one line and of a readable length. */
export function quoted(text: string, maxLength = MAX_WORDS): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[.;]+$/, '');
  return line.length <= maxLength ? line : `${line.slice(0, maxLength)}…`;
}

/** One sentence, begun and ended as one; names keep their case. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** A word of a command line, quoted where a shell would take it for several. */
export function argument(text: string): string {
  return /\s/.test(text) ? `'${text}'` : text;
}
