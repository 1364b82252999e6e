import type { Queryable } from './database.js';

/** One thing that somebody did or tried. `outcome` is `ok` or the code of the refusal. */
export interface AuditEntry {
  readonly actor: string;
  /** `import`, `remove`, `retire-node`, … */
  readonly action: string;
  /** The extension, node or token that it was about. */
  readonly subject?: string;
  readonly sha256?: string;
  /** Where the request came from. */
  readonly source?: string;
  readonly outcome: string;
  readonly revision?: number;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The audit trail. Rows are only ever added. */
export class AuditStore {
  constructor(private readonly database: Queryable) {}

  async append(entry: AuditEntry): Promise<void> {
    await this.database.query(
      `insert into audit (actor, action, subject, sha256, source, outcome, revision, detail)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        entry.actor,
        entry.action,
        entry.subject ?? null,
        entry.sha256 ?? null,
        entry.source ?? null,
        entry.outcome,
        entry.revision ?? null,
        JSON.stringify(entry.detail ?? {}),
      ],
    );
  }
}
