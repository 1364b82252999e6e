import type { ExtensionDetail, Problem } from '@muster/contracts';
import { useState } from 'preact/hooks';
import { Clock, ProblemNote, Waiting } from '../components/basics.js';
import { bytes, count } from '../model/format.js';
import { rollBack } from '../store/acts.js';
import { close } from '../store/dialogs.js';
import { board } from '../store/live.js';
import { navigate, to } from '../store/router.js';
import { useRead } from '../store/use-read.js';
import { AskRow, Dialog } from './dialog.js';

export function RollbackDialog({ extension, sha256 }: { extension: string; sha256?: string | undefined }) {
  const { value, problem } = useRead<ExtensionDetail>(`/extensions/${encodeURIComponent(extension)}`);
  const [chosen, setChosen] = useState(sha256);
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Problem>();
  const versions = value?.versions.filter(({ current, stored }) => !current && stored) ?? [];
  const target = versions.find((version) => version.sha256 === chosen) ?? versions[0];

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!target) return;
    setBusy(true);
    const answer = await rollBack(extension, target.sha256);
    if (answer.ok) {
      close();
      navigate(to.import(answer.value.revision));
    } else {
      setRefused(answer.problem);
      setBusy(false);
    }
  };
  return (
    <Dialog title={`Roll back ${extension}`}>
      <form onSubmit={(event) => void submit(event)}>
        {problem && <ProblemNote problem={problem} />}
        {!value && !problem && <Waiting what="its versions" />}
        {value && versions.length === 0 && <p>No earlier package is stored.</p>}
        {target && (
          <p>
            A new revision brings {extension} from {value?.version} back to {target.version} on{' '}
            {count(board.value?.cluster.expected ?? 0, 'node')}. Deploy hooks run as for any change.
          </p>
        )}
        <fieldset>
          <legend>Bring back</legend>
          {versions.map((version) => (
            <label key={version.sha256} class="choice">
              <input
                type="radio"
                name="version"
                checked={version === target}
                onChange={() => setChosen(version.sha256)}
              />
              <span>
                {version.version}{' '}
                <span class="muted">
                  {bytes(version.sizeBytes)} · imported <Clock time={version.importedAt} />
                </span>
              </span>
            </label>
          ))}
        </fieldset>
        {refused && <ProblemNote problem={refused} title="It was not rolled back" />}
        <AskRow verb={target ? `Bring back ${target.version}` : 'Bring back'} busy={busy} disabled={!target} />
      </form>
    </Dialog>
  );
}
