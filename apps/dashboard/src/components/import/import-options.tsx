import { useState } from 'preact/hooks';
import { SWITCHES } from '../../model/import-switches.js';
import { switches, turn } from '../../store/import-job.js';

/** What a person may say to the rules of versions, folded away until one of them is on. A plan in sight is made anew with it. */
export function ImportOptions() {
  const on = switches.value;
  const labels = SWITCHES.filter(({ key }) => on[key]).map(({ label }) => label.toLowerCase());
  // Moving from the start to a plan must not hide what was chosen; what a person folds away stays so.
  const [open] = useState(labels.length > 0);
  return (
    <details class="options" open={open}>
      <summary>
        Options{labels.length > 0 && <strong>: {labels.join(', ')}</strong>}
        {labels.length > 0 && <span class="muted"> (for this import only)</span>}
      </summary>
      {SWITCHES.map(({ key, label, meaning }) => (
        <label key={key} class="choice">
          <input type="checkbox" checked={on[key]} onChange={(event) => turn(key, event.currentTarget.checked)} />
          <span>
            {label}
            <span class="muted">: {meaning}</span>
          </span>
        </label>
      ))}
    </details>
  );
}
