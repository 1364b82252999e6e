import { whySchema, type ConvergenceState } from '@muster/contracts';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Failure, ToldFailure } from '../failure.js';
import { count, span } from '../output/words.js';
import type { Session } from '../session.js';
import { failureDocument } from '../tell-failure.js';
import { whyLines } from '../output/why-lines.js';
import type { Outcome } from './follow.js';

const EXIT_OF: Readonly<Record<ConvergenceState, ExitCode>> = {
  converged: EXIT.done,
  syncing: EXIT.late,
  'timed-out': EXIT.late,
  failed: EXIT.failed,
  absent: EXIT.absent,
  superseded: EXIT.superseded,
};

const HAPPENED: Readonly<Record<ConvergenceState, string>> = {
  converged: 'is everywhere',
  syncing: 'is committed, and not everywhere yet',
  'timed-out': 'is committed, and was not everywhere in time',
  failed: 'is committed, and failed on a node',
  absent: 'is committed, and nodes are absent',
  superseded: 'has been superseded',
};

/** Tells how it ended: a sentence, the document, the exit code; and where it did not converge, why. */
export async function conclude(
  session: Session,
  outcome: Outcome,
  document: (part: Record<string, unknown>) => Record<string, unknown>,
): Promise<ExitCode> {
  const { out } = session;
  const { state, revision, reason, convergence, seconds } = outcome;
  const part = { ...(convergence && { convergence }), seconds: Number(seconds.toFixed(3)) };
  if (state === 'converged') {
    const total = convergence?.nodes.length ?? 0;
    const there = convergence?.nodes.filter((node) => node.state === 'converged').length ?? 0;
    out.line(
      `  ${out.paint.good('Converged')} at revision ${revision} on ${there} of ${count(total, 'node')} in ${span(seconds * 1_000)}.`,
    );
    out.document(document(part));
    return EXIT.done;
  }
  const failure = new Failure(`revision ${revision}`, state, reason ?? 'nobody says why', {
    exitCode: EXIT_OF[state],
    happened: HAPPENED[state],
  });
  const remedied = state === 'failed' ? failure : failure.withRemedy(remedyOf(outcome));
  out.document(document({ ...part, error: failureDocument(remedied) }));
  throw new ToldFailure(remedied, state === 'failed' ? await whyOf(session, outcome) : []);
}

function remedyOf({ state, revision }: Outcome): string {
  if (state === 'superseded') return '"muster revisions" shows what came later.';
  return `The nodes go on by themselves. "muster why" says what they wait for, "muster wait --revision ${revision}" waits on.`;
}

/** What failed, the first error kept, and what clears it: nobody has to open a log. */
async function whyOf(session: Session, { revision, convergence }: Outcome): Promise<string[]> {
  const failed = convergence?.nodes.find(({ state }) => state === 'failed');
  if (failed === undefined || session.out.json) return [];
  try {
    const why = await session.ask(whySchema, {
      service: 'status-service',
      path: ['why'],
      query: { node: failed.node, revision },
      thing: `the question why ${failed.node} is behind`,
    });
    return whyLines(why, session);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [`"muster why ${failed.node}" says more.`];
  }
}
