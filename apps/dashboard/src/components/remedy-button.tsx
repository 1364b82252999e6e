import type { Cause } from '@muster/contracts';
import { useState } from 'preact/hooks';
import { actFor } from '../model/remedies.js';
import { order, resume } from '../store/acts.js';
import { show } from '../store/dialogs.js';
import { to } from '../store/router.js';

/** What clears a cause, as one button. What may do harm asks first, in its own dialog. */
export function RemedyButton({ cause }: { cause: Cause }) {
  const [busy, setBusy] = useState(false);
  const act = actFor(cause);
  if (!act) return null;
  if (act.kind === 'import') {
    return (
      <a class="button primary" href={to.import()}>
        {act.label}
      </a>
    );
  }
  const node = cause.node ?? '';
  const run = (): void => {
    if (act.kind === 'retire') return show({ kind: 'retire', node });
    if (act.kind === 'order' && act.order === 'accept-catalog') return show({ kind: 'accept', node });
    setBusy(true);
    const done = act.kind === 'order' ? order(node, act.order, cause.extension) : resume(node);
    void done.finally(() => setBusy(false));
  };
  return (
    <button type="button" class={act.kind === 'retire' ? '' : 'primary'} disabled={busy} onClick={run}>
      {busy ? 'Asked …' : act.label}
    </button>
  );
}
