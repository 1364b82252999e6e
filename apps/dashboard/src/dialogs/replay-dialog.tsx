import type { Problem, ReplayPreview, ReplayStarted } from '@muster/contracts';
import { useState } from 'preact/hooks';
import { ProblemNote } from '../components/basics.js';
import { bytes, count } from '../model/format.js';
import { ask } from '../store/api.js';
import { close } from '../store/dialogs.js';
import { tell } from '../store/notices.js';
import { AskRow, Dialog } from './dialog.js';

interface ReplayProps {
  readonly from: number;
  readonly node?: string | undefined;
  readonly extension?: string | undefined;
}

/** The plan comes first; the replay then does exactly that, or is refused because the plan no longer holds. */
export function ReplayDialog({ from: proposed, node, extension }: ReplayProps) {
  const [from, setFrom] = useState(proposed);
  const [redeploy, setRedeploy] = useState(false);
  const [preview, setPreview] = useState<ReplayPreview>();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const body = {
    from,
    redeploy,
    ...(node !== undefined && { nodes: [node] }),
    ...(extension !== undefined && { extensions: [extension] }),
  };

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    if (preview) {
      const answer = await ask<ReplayStarted>('POST', '/replays', { ...body, planDigest: preview.planDigest });
      if (answer.ok) {
        tell(
          `The replay of revisions ${answer.value.from} to ${answer.value.to} has begun: ${count(answer.value.events, 'event')}`,
        );
        close();
        return;
      }
      setPreview(undefined);
      setProblem(answer.problem);
    } else {
      const answer = await ask<ReplayPreview>('POST', '/replays', { ...body, preview: true });
      if (answer.ok) setPreview(answer.value);
      else setProblem(answer.problem);
    }
    setBusy(false);
  };
  const change = (act: () => void): void => {
    act();
    setPreview(undefined);
  };
  return (
    <Dialog title={`Replay${extension === undefined ? '' : ` ${extension}`} on ${node ?? 'every node'}`}>
      <form onSubmit={(event) => void submit(event)}>
        <p>
          The events since a revision are told again, and each node makes what they name as the catalog wants it now.
        </p>
        <label class="field">
          From revision
          <input
            type="number"
            min={1}
            value={from}
            onInput={({ currentTarget }) => change(() => setFrom(Math.max(1, currentTarget.valueAsNumber || 1)))}
          />
        </label>
        <label class="choice">
          <input
            type="checkbox"
            checked={redeploy}
            onChange={({ currentTarget }) => change(() => setRedeploy(currentTarget.checked))}
          />
          Run deploy hooks again, also where nothing differs
        </label>
        {preview && <Plan preview={preview} />}
        {problem && <ProblemNote problem={problem} title="No replay" />}
        <AskRow verb={preview ? 'Replay exactly this' : 'Preview'} busy={busy} />
      </form>
    </Dialog>
  );
}

function Plan({ preview }: { preview: ReplayPreview }) {
  return (
    <section class="preview" aria-label="What each node would do" role="status">
      <p>
        Revisions {preview.from} to {preview.to}:
      </p>
      <ul>
        {preview.nodes.map(({ node, install, remove, deploy, skip, bytes: size }) => {
          const parts = [
            names('install', install),
            names('remove', remove),
            names('run the hook of', deploy),
            skip > 0 ? `skip ${count(skip, 'extension')} as they should be` : '',
            size > 0 ? `fetch ${bytes(size)}` : '',
          ].filter((part) => part !== '');
          return (
            <li key={node}>
              <strong>{node}</strong> {parts.length === 0 ? 'would do nothing' : `would ${parts.join(', ')}`}
            </li>
          );
        })}
        {preview.unplanned.map(({ node, detail }) => (
          <li key={node} class="against">
            <strong>{node}</strong> gave no plan: {detail}
          </li>
        ))}
      </ul>
    </section>
  );
}

function names(verb: string, list: readonly string[]): string {
  if (list.length === 0) return '';
  return `${verb} ${list.length <= 4 ? list.join(', ') : count(list.length, 'extension')}`;
}
