import { useState } from 'preact/hooks';
import { changesText } from '../model/passage.js';
import { callOff } from '../store/acts.js';
import { close } from '../store/dialogs.js';
import { board } from '../store/live.js';
import { AskRow, Dialog } from './dialog.js';

export function CallOffDialog({ proposal: id }: { proposal: string }) {
  const [busy, setBusy] = useState(false);
  const proposal = board.value?.proposals.find((one) => one.id === id);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    await callOff(id);
    close();
  };
  return (
    <Dialog title="Call off the activation">
      <form onSubmit={(event) => void submit(event)}>
        <p>
          {proposal
            ? `${proposal.actor} waits for: ${changesText(proposal.changes)}. The import is refused, and every node removes what it has made ready. Nothing is changed on any node.`
            : 'It is over already: there is nothing left to call off.'}
        </p>
        <AskRow verb="Call off" busy={busy} disabled={!proposal} />
      </form>
    </Dialog>
  );
}
