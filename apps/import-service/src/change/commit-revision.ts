import { CatalogError, type Catalog, type CommitRefused, type Committed, type RevisionDraft } from '@muster/catalog';
import { MusterError } from '@muster/contracts';
import { setTimeout as delay } from 'node:timers/promises';

/** The catalog certainly does not have the change: what was done on the node is to be undone. */
export class CommitWasRefused extends MusterError {
  constructor(refused: CommitRefused) {
    super(refused.code, refused.detail, refused.remedy === undefined ? {} : { remedy: refused.remedy });
  }
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 1_000;

/**
 * Commits a draft. Where the connection broke under COMMIT, the same draft is committed again under its import id: that
 * waits for whatever the server still does for the broken connection, and answers with the revision that was made, or makes
 * it now. Undefined: the database did not answer within the time, and the change may stand or not.
 *
 * @throws CommitWasRefused, CatalogError `database-away`: nothing was committed
 */
export async function commitRevision(
  revisions: Pick<Catalog['revisions'], 'commit'>,
  draft: RevisionDraft,
  settleTimeoutMs: number,
): Promise<Committed | undefined> {
  let unknownSince: number | undefined;
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    try {
      const result = await revisions.commit(draft);
      if (result.ok) return result;
      if (unknownSince === undefined || result.code !== 'lock-timeout') throw new CommitWasRefused(result);
    } catch (error) {
      const broken = error instanceof CatalogError && error.code === 'outcome-unknown';
      const stillAway = unknownSince !== undefined && error instanceof CatalogError && error.code === 'database-away';
      if (!broken && !stillAway) throw error;
      unknownSince ??= Date.now();
    }
    if (Date.now() + pauseMs > (unknownSince ?? 0) + settleTimeoutMs) return undefined;
    await delay(pauseMs);
    pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
  }
}
