import type { Problem } from '@muster/contracts';
import { useEffect, useState } from 'preact/hooks';
import { ProblemNote } from '../components/basics.js';
import { count } from '../model/format.js';
import { remove } from '../store/acts.js';
import { findDependants, type Looked } from '../store/dependants.js';
import { close } from '../store/dialogs.js';
import { board } from '../store/live.js';
import { navigate, to } from '../store/router.js';
import { AskRow, Dialog } from './dialog.js';

/** Shows what would go with it. What others need is removed only together with them, and only when its name was typed. */
export function RemoveDialog({ extension }: { extension: string }) {
  const [looked, setLooked] = useState<Looked>({ seen: 0, total: 0 });
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    const aborter = new AbortController();
    void findDependants(extension, setLooked, aborter.signal);
    return () => aborter.abort();
  }, [extension]);
  const { dependants } = looked;
  const nodes = board.value?.cluster.expected ?? 0;

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    let revision = 0;
    for (const name of [...(dependants ?? []), extension]) {
      const answer = await remove(name);
      if (!answer.ok) {
        setProblem(answer.problem);
        setBusy(false);
        return;
      }
      revision = answer.value.revision;
    }
    close();
    navigate(to.import(revision));
  };
  const others = dependants ?? [];
  return (
    <Dialog title={`Remove ${extension}`}>
      <form onSubmit={(event) => void submit(event)}>
        <p>
          {extension} goes from {count(nodes, 'node')}, with its entities. Its packages stay in the catalog: it can be
          imported or brought back again.
        </p>
        {!dependants && (
          <p class="muted" role="status">
            Looking what needs it: {looked.seen} of {looked.total || '…'}
          </p>
        )}
        {dependants?.length === 0 && <p>Nothing else needs it.</p>}
        {others.length > 0 && (
          <>
            <p class="against">
              {count(others.length, 'other extension')} {others.length === 1 ? 'needs' : 'need'} it and would be removed
              first, one revision each: <strong>{others.join(', ')}</strong>
            </p>
            <label class="field">
              Type {extension} to confirm
              <input
                autoFocus
                value={typed}
                autocomplete="off"
                onInput={(event) => setTyped(event.currentTarget.value)}
              />
            </label>
          </>
        )}
        {problem && <ProblemNote problem={problem} title="It was not removed" />}
        <AskRow
          verb={others.length === 0 ? `Remove ${extension}` : `Remove ${others.length + 1} extensions`}
          danger
          busy={busy}
          disabled={!dependants || (others.length > 0 && typed !== extension)}
        />
      </form>
    </Dialog>
  );
}
