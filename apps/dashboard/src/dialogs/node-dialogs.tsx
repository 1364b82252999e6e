import { useState } from 'preact/hooks';
import { order, retire } from '../store/acts.js';
import { close } from '../store/dialogs.js';
import { board } from '../store/live.js';
import { AskRow, Dialog } from './dialog.js';

export function RetireDialog({ node }: { node: string }) {
  const [busy, setBusy] = useState(false);
  const live = board.value?.nodes.find((row) => row.node === node)?.state === 'live';
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    await retire(node);
    close();
  };
  return (
    <Dialog title={`Retire ${node}`}>
      <form onSubmit={(event) => void submit(event)}>
        <p>
          {node} is no longer expected: the cluster counts as converged without it. Nothing on its disk is touched. When
          its agent starts again, it is welcomed and brought up to date.
        </p>
        {live && <p class="against">Its agent still reports: stop it first, else this is refused.</p>}
        <AskRow verb={`Retire ${node}`} danger busy={busy} />
      </form>
    </Dialog>
  );
}

export function AcceptDialog({ node }: { node: string }) {
  return (
    <Dialog title={`Let ${node} accept this catalog`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void order(node, 'accept-catalog');
          close();
        }}
      >
        <p>
          {node} knows a history that this catalog does not have. It would take this catalog for its own: what stands on
          its disk and differs is put right, and its own history is forgotten. If it was given the wrong database, give
          it its own back instead.
        </p>
        <AskRow verb="Accept this catalog" danger />
      </form>
    </Dialog>
  );
}
