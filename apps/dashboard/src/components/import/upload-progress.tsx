import type { ImportJob } from '../../store/import-job.js';
import { dropJob } from '../../store/import-job.js';
import { setName } from '../../model/file-set.js';
import { age, bytes } from '../../model/format.js';
import { EXTENSION_LOOKS, NODE_LOOKS } from '../../model/looks.js';
import type { Progress } from '../../store/upload.js';
import { board } from '../../store/live.js';
import { tick } from '../../store/clock.js';
import { ProposalWait } from './proposal-wait.js';
import { StateWord } from '../basics.js';

type Sending = Extract<ImportJob, { step: 'planning' | 'uploading' }>;

export function UploadProgress({ job }: { job: Sending }) {
  const { progress, files, step, proposal } = job;
  const name = setName(files);
  const sent = progress.sent >= progress.total && progress.total > 0;
  const waits = sent && step === 'uploading' && proposal !== undefined;
  const seconds = Math.max(0, (tick.value - progress.startedAt) / 1_000);
  return (
    <section class="panel upload" aria-labelledby="upload-title">
      <h3 id="upload-title">{name}</h3>
      {!waits && <Bytes name={name} progress={progress} />}
      {sent && step === 'planning' && (
        <p class="muted">
          All bytes are there; {files.length === 1 ? 'the package is' : 'the packages are'} being checked, for{' '}
          {age(seconds)}.
        </p>
      )}
      {waits && <ProposalWait id={proposal} seconds={seconds} />}
      {sent && step === 'uploading' && proposal === undefined && (
        <OriginSteps names={(job.plan?.changes ?? []).map(({ extension }) => extension)} seconds={seconds} />
      )}
      {!waits && (
        <p class="buttons">
          <button type="button" onClick={dropJob}>
            {step === 'planning' ? 'Stop' : 'Call off'}
          </button>
          {step === 'uploading' && <span class="muted">Nothing is changed on any node before it is committed.</span>}
        </p>
      )}
    </section>
  );
}

function Bytes({ name, progress: { sent, total, bytesPerSecond } }: { name: string; progress: Progress }) {
  const percent = total === 0 ? 100 : Math.floor((sent / total) * 100);
  return (
    <>
      <progress max={100} value={percent} aria-label={`Upload of ${name}`} />
      <p class="number upload-figures">
        {bytes(sent)} of {bytes(total)}
        {bytesPerSecond !== undefined && sent < total && <span>{bytes(Math.round(bytesPerSecond))}/s</span>}
        <span>{percent} %</span>
      </p>
    </>
  );
}

/** The first node takes the packages in before they are committed; its step is seen on the board as everyone else's. */
function OriginSteps({ names, seconds }: { names: readonly string[]; seconds: number }) {
  const [found] = (board.value?.nodes ?? []).flatMap(({ node, cells }) =>
    names.flatMap((name) => {
      const state = cells[name]?.state;
      return state === undefined || state === 'in-sync' ? [] : [{ node, name, state }];
    }),
  );
  return (
    <p>
      <StateWord look={found ? EXTENSION_LOOKS[found.state] : NODE_LOOKS.behind}>
        {found
          ? `${found.node}: ${EXTENSION_LOOKS[found.state].word}${names.length > 1 ? ` ${found.name}` : ''}`
          : `The first node checks, unpacks and deploys ${names.length > 1 ? 'them' : 'it'}`}
        , for {age(seconds)}
      </StateWord>
    </p>
  );
}
