import type { ImportJob } from '../store/import-job.js';
import { dropJob } from '../store/import-job.js';
import { age, bytes } from '../model/format.js';
import { EXTENSION_LOOKS, NODE_LOOKS } from '../model/looks.js';
import { board } from '../store/live.js';
import { tick } from '../store/clock.js';
import { StateWord } from './basics.js';

type Sending = Extract<ImportJob, { step: 'planning' | 'uploading' }>;

export function UploadProgress({ job }: { job: Sending }) {
  const { progress, file, step } = job;
  const sent = progress.sent >= progress.total && progress.total > 0;
  const seconds = Math.max(0, (tick.value - progress.startedAt) / 1_000);
  const percent = progress.total === 0 ? 100 : Math.floor((progress.sent / progress.total) * 100);
  return (
    <section class="panel upload" aria-labelledby="upload-title">
      <h3 id="upload-title">{file.name}</h3>
      <progress max={100} value={percent} aria-label={`Upload of ${file.name}`} />
      <p class="number upload-figures">
        {bytes(progress.sent)} of {bytes(progress.total)}
        {progress.bytesPerSecond !== undefined && !sent && <span>{bytes(Math.round(progress.bytesPerSecond))}/s</span>}
        <span>{percent} %</span>
      </p>
      {sent && step === 'planning' && (
        <p class="muted">All bytes are there; the package is being checked, for {age(seconds)}.</p>
      )}
      {sent && step === 'uploading' && <OriginSteps name={job.plan?.package?.name} seconds={seconds} />}
      <p class="buttons">
        <button type="button" onClick={dropJob}>
          {step === 'planning' ? 'Stop' : 'Call off'}
        </button>
        {step === 'uploading' && <span class="muted">Nothing is changed on any node before it is committed.</span>}
      </p>
    </section>
  );
}

/** The first node takes the package in before it is committed; its step is seen on the board as everyone else's. */
function OriginSteps({ name, seconds }: { name: string | undefined; seconds: number }) {
  const busy = board.value?.nodes.find(
    ({ cells }) => name !== undefined && cells[name] !== undefined && cells[name].state !== 'in-sync',
  );
  const cell = name === undefined ? undefined : busy?.cells[name];
  return (
    <p>
      <StateWord look={cell ? EXTENSION_LOOKS[cell.state] : NODE_LOOKS.behind}>
        {busy && cell
          ? `${busy.node}: ${EXTENSION_LOOKS[cell.state].word}`
          : 'The first node checks, unpacks and deploys it'}
        , for {age(seconds)}
      </StateWord>
    </p>
  );
}
