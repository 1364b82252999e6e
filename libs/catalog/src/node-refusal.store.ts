import type { Queryable } from './database.js';

/** An agent that may not speak for the node it was told to be, or not use the storage it was given. */
export interface NodeRefusal {
  readonly node: string;
  readonly code: 'storage-in-use' | 'storage-foreign-node' | 'node-id-in-use';
  /** Who was refused, by something that stays the same when it is started again. */
  readonly claimant: string;
  readonly detail: string;
  /** The node that holds what was asked for, where it is known. */
  readonly holder?: string;
}

/** Refusals, for *why*: the last time of each. Those of a node are forgotten when it enrols. */
export class NodeRefusalStore {
  constructor(private readonly database: Queryable) {}

  async put({ node, code, claimant, detail, holder }: NodeRefusal): Promise<void> {
    await this.database.query(
      `insert into node_refusal (node, code, claimant, detail, holder) values ($1, $2, $3, $4, $5)
       on conflict (node, code, claimant)
       do update set detail = excluded.detail, holder = excluded.holder, at = clock_timestamp()`,
      [node, code, claimant, detail, holder ?? null],
    );
  }
}
