import { setName } from '../../model/file-set.js';
import { refusedOf } from '../../model/import-switches.js';
import { dropJob, planAgain, type ImportJob } from '../../store/import-job.js';
import { ProblemNote } from '../basics.js';
import { PackageRows } from './package-rows.js';
import { SwitchOffers } from './switch-offers.js';

type RefusedJob = Extract<ImportJob, { step: 'refused' }>;

/** After these nobody knows whether the import was committed: it may have been, and only the answer was lost. */
const OUTCOME_UNKNOWN = new Set(['outcome-unknown', 'service-unreachable', 'unexpected-answer']);

export function ImportRefusal({ job: { files, problem, act } }: { job: RefusedJob }) {
  const isUnknown = act === 'import' && OUTCOME_UNKNOWN.has(problem.code);
  const name = setName(files);
  const { packages = [] } = problem;
  return (
    <section class="panel refusal">
      <ProblemNote
        problem={problem}
        title={isUnknown ? `It is not known what became of ${name}` : `${name} was refused`}
      />
      {packages.length > 1 && <PackageRows packages={packages} />}
      <p class="muted">
        {isUnknown
          ? 'It may have been committed. Look at the revisions first; the same files may be imported again without harm.'
          : 'Nothing was changed.'}
      </p>
      <SwitchOffers refused={refusedOf(problem)} />
      <p class="buttons">
        <button type="button" onClick={planAgain}>
          Check again
        </button>
        <button type="button" class="quiet" onClick={dropJob}>
          Dismiss
        </button>
      </p>
    </section>
  );
}
