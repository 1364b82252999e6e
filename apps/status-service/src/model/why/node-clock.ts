import type { NodeReport } from '@muster/contracts';

/** A moment that a node told by its own clock, by that of the database. */
export function byDatabase({ clockOffsetMs = 0 }: Pick<NodeReport, 'clockOffsetMs'>, text: string): number {
  return Date.parse(text) - clockOffsetMs;
}
