import { bytes, span } from './words.js';

const WIDTH = 20;

/** `████████░░░░░░░░░░░░ 40 of 96 MB`, with the rate and what is left of the time once it can be told. */
export function bar(sent: number, total: number, elapsedMs: number): string {
  const part = total === 0 ? 1 : Math.min(1, sent / total);
  const full = Math.floor(part * WIDTH);
  const amount = sent >= total ? bytes(total) : `${bytes(sent)} of ${bytes(total)}`;
  const rate = elapsedMs < 500 ? 0 : (sent * 1_000) / elapsedMs;
  const speed = rate === 0 ? '' : `   ${bytes(Math.round(rate))}/s`;
  const left = rate === 0 || sent >= total ? '' : `   ${span(((total - sent) * 1_000) / rate)} left`;
  return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${amount}${speed}${left}`;
}
