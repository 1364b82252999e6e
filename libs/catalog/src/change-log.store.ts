import { CatalogError } from './catalog-error.js';
import { sqlState } from './database.js';
import type { Queryable } from './database.js';

export type ChangeLogLevel = 'INFO' | 'WARN' | 'ERROR';

/** What became of one attempt at a change, as a line for people. */
export interface ChangeLogLine {
  readonly at: Date;
  readonly level: ChangeLogLevel;
  /** `import`, `validate`, `remove`, `rollback`. */
  readonly action: string;
  readonly content: string;
  readonly actor: string;
  readonly subject: string | null;
  readonly source: string | null;
  readonly requestId: string | null;
}

export interface ChangeLogQuery {
  readonly since?: Date;
  readonly until?: Date;
  readonly levels: readonly ChangeLogLevel[];
  /** A part of the line, in any case. */
  readonly text?: string;
  /** A regular expression of PostgreSQL that the line matches. */
  readonly pattern?: string;
  readonly actor?: string;
  readonly requestId?: string;
  readonly subject?: string;
  readonly oldestFirst?: boolean;
  readonly limit: number;
}

/** Older rows of the audit are not looked at: a question must not cost more the longer the history is. */
const MOST_ROWS = 20_000;
const PATTERN_INVALID = '2201B';

/** Worded as ThingWorx' own log has it, for who looks there with a script. */
const REASON = `concat_ws(' ', action, subject || ':',
  case when outcome = 'version-lower' and strpos(detail->>'detail', 'A newer version of') = 0
    then 'A newer version of ' || coalesce(subject, 'it') || ' is already installed:' end,
  coalesce(detail->>'detail', outcome), '[' || outcome || ']')`;

const LINES = `
  select at, actor, action, subject, source, detail->>'requestId' as "requestId",
    case when outcome in ('ok', 'unchanged') then 'INFO' when outcome in ('version-exists', 'skipped-installed') then 'WARN' else 'ERROR' end as level,
    case when outcome in ('ok', 'unchanged')
      then concat_ws(' ', action, subject || ':', outcome, 'in revision ' || revision)
      else 'Extension Exception: ' || ${REASON}
    end as content,
    id
  from audit where action in ('import', 'validate', 'remove', 'rollback')
  order by id desc limit ${MOST_ROWS}`;

/** The audit trail's changes as a log: the same whichever service asks, and after every restart. */
export class ChangeLogStore {
  constructor(private readonly database: Queryable) {}

  /**
   * The latest lines that fit, at most `limit`, the newest first unless it is asked otherwise.
   *
   * @throws CatalogError `pattern-invalid`
   */
  async lines(query: ChangeLogQuery): Promise<ChangeLogLine[]> {
    const { since, until, levels, text, pattern, actor, requestId, subject, oldestFirst, limit } = query;
    try {
      const order = oldestFirst === true ? 'asc' : 'desc';
      return await this.database.query<ChangeLogLine & { id: number }>(
        `select * from (${LINES}) line
         where ($1::timestamptz is null or at >= $1) and ($2::timestamptz is null or at <= $2) and level = any($3)
           and ($4::text is null or strpos(lower(content), lower($4)) > 0) and ($5::text is null or content ~ $5)
           and ($6::text is null or actor = $6) and ($7::text is null or "requestId" = $7)
           and ($8::text is null or subject = $8)
         order by id ${order} limit $9`,
        [
          since ?? null,
          until ?? null,
          [...levels],
          text ?? null,
          pattern ?? null,
          actor ?? null,
          requestId ?? null,
          subject ?? null,
          limit,
        ],
      );
    } catch (error) {
      if (sqlState(error) !== PATTERN_INVALID) throw error;
      throw new CatalogError(
        'pattern-invalid',
        `the search expression is not understood: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
  }
}
