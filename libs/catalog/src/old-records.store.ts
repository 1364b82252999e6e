import type { Database } from './database.js';

export interface ForgetOptions {
  /** By the clock of the database. */
  readonly olderThanMs: number;
  /** Most rows in one statement; default 1,000. */
  readonly limit?: number;
}

export interface Forgotten {
  readonly actions: number;
  readonly refusals: number;
}

/** History that grows with every change of every node, and is kept for a while only. Revisions, orders and audit stay. */
export class OldRecordsStore {
  constructor(private readonly database: Database) {}

  /** In small statements until none is left. Any number may run at once: what another one deletes is not counted twice. */
  async forget({ olderThanMs, limit = 1_000 }: ForgetOptions): Promise<Forgotten> {
    const old = `at <= clock_timestamp() - $1 * interval '1 millisecond'`;
    const actions = await this.deleteAll(
      `delete from node_action where id in
         (select id from node_action where ${old} order by at limit $2) returning id`,
      olderThanMs,
      limit,
    );
    const refusals = await this.deleteAll(
      `delete from node_refusal r using
         (select node, code, claimant from node_refusal where ${old} limit $2) o
       where (r.node, r.code, r.claimant) = (o.node, o.code, o.claimant) returning r.node`,
      olderThanMs,
      limit,
    );
    return { actions, refusals };
  }

  private async deleteAll(statement: string, olderThanMs: number, limit: number): Promise<number> {
    for (let deleted = 0; ;) {
      const rows = await this.database.query(statement, [olderThanMs, limit]);
      deleted += rows.length;
      if (rows.length < limit) return deleted;
    }
  }
}
