import { ConvergingRevision } from '../components/converging-revision.js';
import { Command, ProblemNote } from '../components/basics.js';
import { DropField } from '../components/drop-field.js';
import { ImportPlanView } from '../components/import-plan.js';
import { UploadProgress } from '../components/upload-progress.js';
import { count } from '../model/format.js';
import { dropJob, filesWaiting, job, makePlan, nextFile } from '../store/import-job.js';
import { show } from '../store/dialogs.js';
import { board } from '../store/live.js';
import { query } from '../store/router.js';

export function ImportPage() {
  const revision = Number(query.value.get('revision') ?? NaN);
  return (
    <div class="page import">
      <h2 class="page-title">Import</h2>
      {Number.isInteger(revision) && !job.value ? <ConvergingRevision revision={revision} /> : <ImportSteps />}
      {filesWaiting.value.length > 0 && <FilesWaiting />}
      {(!job.value || job.value.step === 'refused') && (
        <section class="panel">
          {Number.isInteger(revision) && <h3>Import another</h3>}
          <DropField />
          <p>Or from a terminal:</p>
          <Command text="muster import FILE.zip" />
          {!board.value?.cluster.frozen && (
            <p class="buttons freeze">
              <button type="button" onClick={() => show({ kind: 'freeze' })}>
                Freeze imports…
              </button>
              <span class="muted">takes no change from anyone until it is lifted</span>
            </p>
          )}
        </section>
      )}
    </div>
  );
}

function ImportSteps() {
  const current = job.value;
  const frozen = board.value?.cluster.frozen;
  if (!current) {
    return frozen ? (
      <p class="well">
        Imports are frozen by {frozen.actor}: {frozen.reason}. A plan can be made nevertheless.
      </p>
    ) : null;
  }
  if (current.step === 'planned') return <ImportPlanView file={current.file} plan={current.plan} />;
  if (current.step === 'refused') {
    return (
      <section class="panel">
        <ProblemNote problem={current.problem} title={`${current.file.name} was refused`} />
        <p class="muted">Nothing was changed.</p>
        <p class="buttons">
          <button type="button" onClick={() => void makePlan(current.file)}>
            Check again
          </button>
          <button type="button" class="quiet" onClick={dropJob}>
            Dismiss
          </button>
        </p>
      </section>
    );
  }
  return <UploadProgress job={current} />;
}

function FilesWaiting() {
  const waiting = filesWaiting.value;
  return (
    <section class="panel">
      <p>
        {count(waiting.length, 'more file')} {waiting.length === 1 ? 'waits' : 'wait'}:{' '}
        {waiting.map(({ name }) => name).join(', ')}
      </p>
      {(!job.value || job.value.step === 'refused') && (
        <button type="button" class="primary" onClick={nextFile}>
          Go on with {waiting[0]?.name}
        </button>
      )}
    </section>
  );
}
