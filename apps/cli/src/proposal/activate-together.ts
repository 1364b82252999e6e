import { randomUUID } from 'node:crypto';
import { importResultSchema, type ImportResult, type ProposalView } from '@muster/contracts';
import type { Deadline } from '../deadline.js';
import { Failure } from '../failure.js';
import { count, span } from '../output/words.js';
import type { Session } from '../session.js';
import { progressOf, upload, type Upload, type Uploaded, type UploadOptions } from '../upload/upload.js';
import { callOffInterrupted } from './call-off.js';
import { findProposal, ProposalWatch } from './proposal-watch.js';
import { ReadinessView } from './readiness-view.js';

export interface ActivationOptions extends Pick<UploadOptions<ImportResult>, 'query'> {
  /** How long the nodes may take to get ready. */
  readonly readyWithinMs: number;
  /** Of the whole command. */
  readonly deadline: Deadline;
}

/**
 * Imports by a proposal: the request stays open until every node is ready and it was activated, or came to nothing. Meanwhile
 * each node's readiness is told. Ctrl-C calls the proposal off.
 */
export async function activateTogether(
  session: Session,
  files: Upload,
  { query, readyWithinMs, deadline }: ActivationOptions,
): Promise<Uploaded<ImportResult>> {
  let id = '';
  const progress = progressOf(session, files, 'checking');
  const readiness = new ReadinessView(session);
  let isProposed = false;
  const show = (view: ProposalView) => {
    isProposed = true;
    progress.taken();
    readiness.show(view);
  };
  const watch = new ProposalWatch(session, { id: () => id, mayBeThere: () => progress.isSent, show });
  try {
    const uploaded = await upload(session, files, {
      schema: importResultSchema,
      query: () => {
        // What a first attempt has proposed is over when there is a second.
        id = randomUUID();
        return { ...query(), activate: 'together', deadline: `${readyWithinMs}ms`, proposal: id };
      },
      deadline,
      progress,
    });
    await watch.end();
    if (uploaded.body.proposal !== undefined) await tellActivated(session, id, show);
    return uploaded;
  } catch (error) {
    await watch.end();
    if (session.world.interrupt.aborted) {
      session.out.progress('  calling it off');
      session.meanwhile = await callOffInterrupted(session, id);
    }
    throw isProposed && error instanceof Failure && UNSURE.has(error.code)
      ? error.withRemedy(`"muster proposals ${id}" tells what becomes of it.`)
      : error;
  }
}

/** Where nobody has said how it ended. */
const UNSURE = new Set(['not-reached', 'no-answer', 'outcome-unknown']);

/** The last nodes may have become ready since the last look. It is committed: that nobody tells more does not undo that. */
async function tellActivated(session: Session, id: string, show: (view: ProposalView) => void): Promise<void> {
  try {
    const view = await findProposal(session, id);
    show(view);
    const { nodes, createdAt, settledAt = createdAt } = view;
    const took = span(Date.parse(settledAt) - Date.parse(createdAt));
    session.out.line(`  ready on ${count(nodes.length, 'node')} after ${took}, and activated on all together`);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}
