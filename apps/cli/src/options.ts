import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from './duration.js';

/** For `argParser`: a whole number in a range. */
export function wholeNumber(minimum: number, maximum = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= minimum && value <= maximum) return value;
    const range = maximum === Number.MAX_SAFE_INTEGER ? `from ${minimum} on` : `from ${minimum} to ${maximum}`;
    throw new InvalidArgumentError(`It takes a whole number ${range}.`);
  };
}

/** For `argParser`: milliseconds of `250ms`, `2s`, `10m`. */
export function durationMs(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined)
    throw new InvalidArgumentError('It takes a duration like 250ms, 2s, 10m, at most 24h.');
  return milliseconds;
}

/** For `argParser`: names with commas between them, or the option several times. */
export function nameList(text: string, before: readonly string[] = []): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It takes names with commas between them.');
  return [...before, ...names];
}

/** How long a command that changes something waits for the nodes. */
export const DEFAULT_TIMEOUT_MS = 300_000;

export function timeoutOption(description: string): Option {
  return new Option('--timeout <duration>', description).argParser(durationMs).default(DEFAULT_TIMEOUT_MS, '5m');
}

export interface WaitOptions {
  readonly wait: boolean;
  readonly timeout: number;
}

export function noWaitOption(): Option {
  return new Option('--no-wait', 'end when it is committed; the nodes follow by themselves');
}
