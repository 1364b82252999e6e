import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

export const PARTS = ['import', 'unpack', 'convergence', 'latency', 'memory', 'window'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: readonly Part[];
  /** How often each figure is taken; the median counts. */
  readonly runs: number;
  /** A file system to measure on; everything is written below a directory of our own in it. */
  readonly directory: string;
  /** Size of the large package of the memory part. */
  readonly largeMegabytes: number;
  /** Size of the package of the window part. */
  readonly windowMegabytes: number;
}

const LEAST_RUNS = 5;

export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args].filter((argument) => argument !== '--'),
    options: {
      only: { type: 'string', default: PARTS.join(',') },
      runs: { type: 'string', default: String(LEAST_RUNS) },
      dir: { type: 'string', default: tmpdir() },
      'large-mb': { type: 'string', default: '500' },
      'window-mb': { type: 'string', default: '300' },
    },
  });
  const asked = values.only.split(',');
  const unknown = asked.filter((part) => !PARTS.includes(part as Part));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: there are only ${PARTS.join(', ')}`);
  return {
    parts: PARTS.filter((part) => asked.includes(part)),
    runs: wholeNumber('--runs', values.runs, 1, 100),
    directory: path.resolve(values.dir),
    largeMegabytes: wholeNumber('--large-mb', values['large-mb'], 10, 500),
    windowMegabytes: wholeNumber('--window-mb', values['window-mb'], 1, 500),
  };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new Error(`${name} ${text}: takes a whole number from ${least} to ${most}`);
}
