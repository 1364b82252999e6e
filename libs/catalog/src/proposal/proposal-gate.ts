import type { Session } from '../database.js';
import type { CommitRefused } from '../revision-draft.js';
import { areAllReady, describeNotReady, readReadiness } from './readiness.js';

interface GateRow {
  state: string;
  reason: string | null;
  expiresAt: Date;
  expired: boolean;
}

/** Before the commit's lock: whoever settles the same proposal is waited for here and not under it. */
export async function lockProposal(session: Session, proposal: string): Promise<void> {
  await session.query('select id from proposal where id = $1 for no key update', [proposal]);
}

/** The compare of the compare-and-set: open, in time, and every expected node ready, all at this moment. */
export async function refuseUnready(session: Session, proposal: string): Promise<CommitRefused | undefined> {
  const [row] = await session.query<GateRow>(
    `select state, reason, expires_at as "expiresAt", expires_at <= clock_timestamp() as expired
     from proposal where id = $1`,
    [proposal],
  );
  if (row === undefined) return isVoid(`there is no proposal ${proposal}`);
  if (row.state !== 'open') return isVoid(row.reason ?? `it is ${row.state}`);
  if (row.expired) return isVoid(`its deadline passed at ${row.expiresAt.toISOString()}`);
  const nodes = (await readReadiness(session, [proposal])).get(proposal) ?? [];
  if (areAllReady(nodes)) return undefined;
  const detail = nodes.length === 0 ? 'no node has enrolled' : describeNotReady(nodes);
  return { ok: false, code: 'proposal-not-ready', detail, remedy: 'ask again until its deadline' };
}

/** The set: within the transaction that makes its revision. */
export async function settleActivated(session: Session, proposal: string, revision: number): Promise<void> {
  const nodes = (await readReadiness(session, [proposal])).get(proposal) ?? [];
  await session.query(
    `update proposal set state = 'activated', settled_at = clock_timestamp(), revision = $2, nodes = $3 where id = $1`,
    [proposal, revision, JSON.stringify(nodes)],
  );
  await session.query('delete from proposal_package where proposal = $1', [proposal]);
}

function isVoid(detail: string): CommitRefused {
  return { ok: false, code: 'proposal-void', detail, remedy: 'import again' };
}
