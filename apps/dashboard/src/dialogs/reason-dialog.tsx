import { useState } from 'preact/hooks';
import { freeze, pause } from '../store/acts.js';
import { close } from '../store/dialogs.js';
import { AskRow, Dialog } from './dialog.js';

const MAX_REASON = 500;

export function FreezeDialog() {
  return (
    <ReasonDialog
      title="Freeze imports"
      text="No import, removal or roll back is taken until it is lifted. Each refusal repeats your reason. Nodes go on to converge."
      verb="Freeze"
      act={freeze}
    />
  );
}

export function PauseDialog({ node }: { node: string }) {
  return (
    <ReasonDialog
      title={`Pause ${node}`}
      text={`${node} looks at its disk and reports, and changes nothing until it is resumed. It counts as absent unless it stands as wanted.`}
      verb="Pause"
      act={(reason) => pause(node, reason)}
    />
  );
}

interface ReasonProps {
  readonly title: string;
  readonly text: string;
  readonly verb: string;
  readonly act: (reason: string) => Promise<boolean>;
}

function ReasonDialog({ title, text, verb, act }: ReasonProps) {
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    await act(reason.trim());
    close();
  };
  return (
    <Dialog title={title}>
      <form onSubmit={(event) => void submit(event)}>
        <p>{text}</p>
        <label class="field">
          Reason
          <input
            autoFocus
            maxLength={MAX_REASON}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
            required
          />
        </label>
        <AskRow verb={verb} busy={busy} disabled={reason.trim() === ''} />
      </form>
    </Dialog>
  );
}
