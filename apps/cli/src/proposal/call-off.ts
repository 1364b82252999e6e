import { proposalViewSchema, type ProposalView } from '@muster/contracts';
import { Deadline } from '../deadline.js';
import { Failure } from '../failure.js';
import type { Session } from '../session.js';
import { findProposal } from './proposal-watch.js';

/** @throws Failure where it is over already, or there is none of that id */
export function callOff(session: Session, id: string, deadline?: Deadline): Promise<ProposalView> {
  return session.ask(proposalViewSchema, {
    service: 'import-service',
    method: 'DELETE',
    path: ['proposals', id],
    thing: `the proposal ${id}`,
    ...(deadline && { deadline }),
  });
}

const ANSWER_MS = 10_000;

/** Calls off what an interrupted command has proposed, and says in one sentence what became of it. */
export async function callOffInterrupted(session: Session, id: string): Promise<string> {
  // Not of the session: its deadlines have ended with the command.
  const deadline = new Deadline(ANSWER_MS, new AbortController().signal);
  try {
    return outcomeWords(await callOff(session, id, deadline));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.options.status === 404)
      return 'The import was called off before the nodes were told of it: nothing was changed anywhere.';
    return settledWords(session, id, error, deadline);
  }
}

/** Over already, or nobody answers. */
async function settledWords(session: Session, id: string, refusal: Failure, deadline: Deadline): Promise<string> {
  const view = await findProposal(session, id, deadline).catch((error: unknown) => {
    if (error instanceof Failure) return undefined;
    throw error;
  });
  if (view !== undefined && view.state !== 'open') return outcomeWords(view);
  return `The proposal could not be called off (${refusal.code}): ${refusal.message}. "muster proposals ${id}" tells what becomes of it; "muster proposals cancel ${id}" calls it off.`;
}

function outcomeWords({ state, revision = 0 }: ProposalView): string {
  if (state !== 'activated') return 'The proposal was called off: nothing was changed anywhere.';
  return `It had just been activated on all nodes, as revision ${revision}. See how it stands: muster wait --revision ${revision}`;
}
