import { ConvergingRevision } from '../components/converging-revision.js';
import { Command } from '../components/basics.js';
import { DropField } from '../components/import/drop-field.js';
import { ImportOptions } from '../components/import/import-options.js';
import { ImportPlanView } from '../components/import/import-plan.js';
import { ImportRefusal } from '../components/import/import-refusal.js';
import { ImportSet } from '../components/import/import-set.js';
import { UploadProgress } from '../components/import/upload-progress.js';
import { job, type ImportJob } from '../store/import-job.js';
import { show } from '../store/dialogs.js';
import { board } from '../store/live.js';
import { query } from '../store/router.js';

export function ImportPage() {
  const revision = Number(query.value.get('revision') ?? NaN);
  const current = job.value;
  return (
    <div class="page import">
      <h2 class="page-title">Import</h2>
      {current ? (
        <Step current={current} />
      ) : Number.isInteger(revision) ? (
        <ConvergingRevision revision={revision} />
      ) : (
        <FrozenNote />
      )}
      {current && current.step !== 'uploading' && <ImportSet files={current.files} />}
      {!current && <Start another={Number.isInteger(revision)} />}
    </div>
  );
}

function Step({ current }: { current: ImportJob }) {
  if (current.step === 'planned') return <ImportPlanView files={current.files} plan={current.plan} />;
  if (current.step === 'refused') return <ImportRefusal job={current} />;
  return <UploadProgress job={current} />;
}

function FrozenNote() {
  const frozen = board.value?.cluster.frozen;
  return frozen ? (
    <p class="well">
      Imports are frozen by {frozen.actor}: {frozen.reason}. A plan can be made nevertheless.
    </p>
  ) : null;
}

function Start({ another }: { another: boolean }) {
  return (
    <section class="panel">
      {another && <h3>Import another</h3>}
      <DropField />
      <ImportOptions />
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
  );
}
