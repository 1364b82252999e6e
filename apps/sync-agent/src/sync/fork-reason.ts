import type { Fork, RevisionRef } from '@muster/node-storage';

/** Why a node is forked, with both histories and the way out. */
export function forkReason({ detail, known }: Fork, head: RevisionRef): string {
  return (
    `${detail}: this storage follows the catalog ${known.catalogId} at revision ${known.revision} (chain ${known.chain}), ` +
    `but the database has the catalog ${head.catalogId} at revision ${head.revision} (chain ${head.chain}); nothing is changed here. ` +
    'Give this agent the DATABASE_URL of its own catalog, or, if this catalog is to be followed from now on, order accept-catalog for this node'
  );
}
