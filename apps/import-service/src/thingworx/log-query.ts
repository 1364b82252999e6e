import type { ChangeLogLevel, ChangeLogQuery } from '@muster/catalog';
import { HttpProblem } from '@muster/service-kit';
import { z } from 'zod';
import type { ServiceInput } from './service-input.js';

/** What the platform allows at most; 500 where nothing is asked for. */
export const MOST_ITEMS = 20_000;
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const;
const KNOWN: readonly ChangeLogLevel[] = ['INFO', 'WARN', 'ERROR'];
const MOST_CHARACTERS = 1_000;

const text = () => z.string().max(MOST_CHARACTERS).optional().catch(undefined);
/** Empty is absent, everywhere: clients send all parameters. */
const filled = () => text().transform((value) => (value === undefined || value === '' ? undefined : value));
const flag = () => z.union([z.boolean(), z.stringbool()]).optional().catch(undefined);
const level = () => filled().transform((value) => LEVELS.findIndex((known) => known === value?.toUpperCase()));

/** RFC 3339, or ms since 1970. */
const moment = () =>
  z
    .union([z.number(), z.string().max(64)])
    .optional()
    .transform((value, context) => {
      if (value === undefined || value === '') return undefined;
      const at = new Date(typeof value === 'string' && /^\d{9,}$/.test(value) ? Number(value) : value);
      if (!Number.isNaN(at.getTime())) return at;
      context.addIssue({ code: 'custom', message: 'takes a time such as 2026-01-31T12:00:00.000Z, or ms since 1970' });
      return z.NEVER;
    });

const schema = z.object({
  startDate: moment(),
  endDate: moment(),
  fromLogLevel: level(),
  toLogLevel: level(),
  searchExpression: z.string().max(MOST_CHARACTERS).optional(),
  isRegex: flag(),
  maxItems: z.coerce.number().int().min(1).max(MOST_ITEMS).catch(500).default(500),
  oldestFirst: flag(),
  user: filled(),
  thread: filled(),
  instance: filled(),
  origin: filled(),
});

export type LogQuery = ChangeLogQuery & { readonly origin?: string };

/**
 * What `QueryLogEntries` asks for. As on the platform a range of levels needs both ends, and `ALL` is none.
 *
 * @throws HttpProblem 400 `invalid-request`
 */
export function readLogQuery(input: ServiceInput): LogQuery {
  const result = schema.safeParse(input);
  if (!result.success) {
    const texts = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new HttpProblem(400, 'invalid-request', texts.join('; '));
  }
  const { startDate, endDate, fromLogLevel, toLogLevel, maxItems, oldestFirst, user, thread, instance, origin } =
    result.data;
  return {
    ...(startDate && { since: startDate }),
    ...(endDate && { until: endDate }),
    levels: levelsBetween(fromLogLevel, toLogLevel),
    ...searchOf(result.data),
    ...(user !== undefined && { actor: user }),
    ...(thread !== undefined && { requestId: thread }),
    ...(instance !== undefined && { subject: instance }),
    ...(origin !== undefined && { origin }),
    oldestFirst: oldestFirst ?? false,
    limit: maxItems,
  };
}

function levelsBetween(from: number, to: number): readonly ChangeLogLevel[] {
  if (from === -1 || to === -1) return KNOWN;
  return KNOWN.filter((known) => LEVELS.indexOf(known) >= from && LEVELS.indexOf(known) <= to);
}

function searchOf({
  searchExpression = '',
  isRegex = false,
}: z.output<typeof schema>): Pick<ChangeLogQuery, 'text' | 'pattern'> {
  if (searchExpression === '' || /^(?:\.\*)+$/.test(searchExpression)) return {};
  return isRegex ? { pattern: asPattern(searchExpression) } : { text: searchExpression };
}

/**
 * A whole-line expression of Java in the words of PostgreSQL: `(?s)` and `(?i)` in front, and what is quoted by `\Q…\E`. One that
 * refers back to a group is refused: looking for it may take for ever.
 */
function asPattern(expression: string): string {
  const [, flags = '', rest = ''] = /^(?:\(\?([a-z]+)\))?(.*)$/s.exec(expression) ?? [];
  const plain = rest.replace(/\\Q(.*?)(?:\\E|$)/gs, (_, quoted: string) => quoted.replace(/[^\w\s]/g, '\\$&'));
  if (/\\[1-9]/.test(plain.replaceAll('\\\\', ''))) {
    throw new HttpProblem(400, 'pattern-invalid', 'the search expression refers back to a group', {
      remedy: 'Write out what is meant.',
    });
  }
  return `${flags.includes('i') ? '(?i)' : ''}^(?:${plain})$`;
}
