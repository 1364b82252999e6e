import type { Problem, RemovalPlan } from '@muster/contracts';
import { useEffect, useState } from 'preact/hooks';
import { ProblemNote } from '../components/basics.js';
import { count } from '../model/format.js';
import { planRemoval, remove } from '../store/acts.js';
import { close } from '../store/dialogs.js';
import { board } from '../store/live.js';
import { navigate, to } from '../store/router.js';
import { AskRow, Dialog } from './dialog.js';

/** Shows what would go with it. What others need is removed only together with them, and only when its name was typed. */
export function RemoveDialog({ extension }: { extension: string }) {
  const [plan, setPlan] = useState<RemovalPlan>();
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    const aborter = new AbortController();
    void planRemoval(extension, aborter.signal).then((answer) => {
      if (aborter.signal.aborted) return;
      if (answer.ok) setPlan(answer.value);
      else setProblem(answer.problem);
    });
    return () => aborter.abort();
  }, [extension]);
  const others = plan?.changes.slice(0, -1).map((change) => change.extension) ?? [];
  const nodes = board.value?.cluster.expected ?? 0;

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const answer = await remove(extension, others.length > 0);
    if (!answer.ok) {
      setProblem(answer.problem);
      setBusy(false);
      return;
    }
    close();
    navigate(to.import(answer.value.revision));
  };
  return (
    <Dialog title={`Remove ${extension}`}>
      <form onSubmit={(event) => void submit(event)}>
        <p>
          {extension} goes from {count(nodes, 'node')}, with its entities. Its packages stay in the catalog: it can be
          imported or brought back again.
        </p>
        {!plan && !problem && (
          <p class="muted" role="status">
            Looking what needs it …
          </p>
        )}
        {plan && others.length === 0 && <p>Nothing else needs it.</p>}
        {others.length > 0 && (
          <>
            <p class="against">
              {count(others.length, 'other extension')} {others.length === 1 ? 'needs' : 'need'} it and would be removed
              with it, in this order, as one revision: <strong>{others.join(', ')}</strong>
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
          disabled={!plan || (others.length > 0 && typed !== extension)}
        />
      </form>
    </Dialog>
  );
}
