import type { Problem } from '@muster/contracts';
import { setName } from '../../model/file-set.js';
import { refusedOf } from '../../model/import-switches.js';
import { dropJob, planAgain, waitForAll, type ImportJob } from '../../store/import-job.js';
import { ProblemNote } from '../basics.js';
import { ProposalNodes } from '../proposal-nodes.js';
import { PackageRows } from './package-rows.js';
import { ProposalOutcome } from './proposal-outcome.js';
import { SwitchOffers } from './switch-offers.js';

type RefusedJob = Extract<ImportJob, { step: 'refused' }>;

/**
 * After these nobody knows whether the import was committed: it may have been, and only the answer was lost. A proposal has an
 * id that this page has made, so that it `exists` means that the browser itself has sent the request again.
 */
const OUTCOME_UNKNOWN = new Set(['outcome-unknown', 'service-unreachable', 'unexpected-answer', 'proposal-exists']);

export function ImportRefusal({ job: { files, problem, act, proposal } }: { job: RefusedJob }) {
  const isUnknown = act === 'import' && OUTCOME_UNKNOWN.has(problem.code);
  const name = setName(files);
  const { packages = [], nodes = [] } = problem;
  return (
    <section class="panel refusal">
      <ProblemNote problem={inShort(problem)} title={titleOf(isUnknown, problem.code, name)} />
      {nodes.length > 0 && <ProposalNodes nodes={nodes} />}
      {packages.length > 1 && <PackageRows packages={packages} />}
      {isUnknown && proposal !== undefined ? (
        <ProposalOutcome id={proposal} />
      ) : (
        <p class="muted">{isUnknown ? MAY_BE : nodes.length > 0 ? NOWHERE : 'Nothing was changed.'}</p>
      )}
      <SwitchOffers refused={refusedOf(problem)} />
      <p class="buttons">
        <button type="button" onClick={planAgain}>
          Check again
        </button>
        {problem.code === 'not-all-ready' && (
          <button type="button" onClick={goOnApart}>
            Do not wait for all nodes
          </button>
        )}
        <button type="button" class="quiet" onClick={dropJob}>
          Dismiss
        </button>
      </p>
    </section>
  );
}

/** Beside the list of nodes, without what it says of each of them; and in the words of the page. */
function inShort(problem: Problem): Problem {
  if (problem.code !== 'not-all-ready') return problem;
  const { type, title, status, code, limit, actual, detail } = problem;
  const short = `${actual} within ${limit}`;
  return { type, title, status, code, detail: actual === undefined ? detail : short, remedy: CLEAR };
}

const CLEAR =
  'Clear the reasons and import again, with a longer deadline where a node only needs time. Or do not wait for all nodes: those that cannot come now follow as soon as they can.';
const MAY_BE =
  'It may have been committed. Look at the revisions first; the same files may be imported again without harm.';
const NOWHERE = 'Nothing was changed on any node; each removes what it had made ready.';

function titleOf(isUnknown: boolean, code: string, name: string): string {
  if (isUnknown) return `It is not known what became of ${name}`;
  if (code === 'not-all-ready') return `${name} was not activated: not all nodes were ready in time`;
  return code === 'proposal-void' ? `${name} was not activated` : `${name} was refused`;
}

/** Nodes that cannot come now follow as soon as they can. */
function goOnApart(): void {
  waitForAll({ isOn: false });
  planAgain();
}
