import { CAUSES, type Cause, type CauseName } from '@muster/contracts';
import { time } from '../node-view.js';
import { sentence } from './wording.js';

/**
 * A cause before it is told: `subject` and `predicate` make its sentence, and let a longer one go through it ("… because it
 * waits for Y, which is parked since …").
 */
export interface Finding extends Omit<Cause, 'text' | 'remedy' | 'since'> {
  readonly subject: string;
  readonly predicate: string;
  /** By the clock of the database. */
  readonly sinceMs: number;
  /** Where the table's own words can be said more exactly. */
  readonly remedy?: string;
}

export function asCause({ subject, predicate, sinceMs, remedy, ...cause }: Finding): Cause {
  const where = cause.extension === undefined || cause.node === undefined ? '' : `on ${cause.node}, `;
  const text = sentence(`${where}${subject} ${predicate}`);
  return { ...cause, text, since: time(sinceMs), remedy: remedy ?? CAUSES[cause.cause].remedy };
}

/** What clears it: the remedy, and the command that does so. */
export function clearing({ cause, remedy, command }: Finding): string {
  const words = remedy ?? CAUSES[cause].remedy;
  return command === undefined ? words : `${words}: ${command}`;
}

/** They keep nobody from what the catalog wants. */
const REMARKS = new Set<CauseName>(['clock-skew', 'drift-recurring']);

export function isRemark({ cause }: Pick<Finding, 'cause'>): boolean {
  return REMARKS.has(cause);
}

const RANK = new Map(Object.keys(CAUSES).map((cause, index) => [cause as CauseName, index]));

/** The gravest first; of equal ones, in the order in which they were found. */
export function byGravity(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => (RANK.get(a.cause) ?? 0) - (RANK.get(b.cause) ?? 0));
}
