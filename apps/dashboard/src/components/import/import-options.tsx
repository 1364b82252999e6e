import { useState } from 'preact/hooks';
import { SWITCHES } from '../../model/import-switches.js';
import { DEADLINE_SECONDS } from '../../model/together.js';
import { switches, together, turn, waitForAll } from '../../store/import-job.js';

/** What a person may say of an import, folded away until some of it is on. A plan in sight is made anew where it matters to it. */
export function ImportOptions() {
  const on = switches.value;
  const { isOn } = together.value;
  const labels = SWITCHES.filter(({ key }) => on[key]).map(({ label }) => label.toLowerCase());
  if (isOn) labels.push('activate on all nodes together');
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
      <TogetherOption />
    </details>
  );
}

function TogetherOption() {
  const { isOn, deadlineSeconds } = together.value;
  const { min, max } = DEADLINE_SECONDS;
  return (
    <>
      <label class="choice">
        <input type="checkbox" checked={isOn} onChange={(event) => waitForAll({ isOn: event.currentTarget.checked })} />
        <span>
          Activate on all nodes together
          <span class="muted">: every node fetches, unpacks and checks it first; then all switch, or none does</span>
        </span>
      </label>
      {isOn && (
        <label class="choice within">
          All must be ready within
          <input
            type="number"
            min={min}
            max={max}
            required
            value={deadlineSeconds}
            onChange={(event) => {
              const asked = Math.round(event.currentTarget.valueAsNumber);
              const seconds = Number.isFinite(asked) ? Math.min(max, Math.max(min, asked)) : deadlineSeconds;
              event.currentTarget.value = String(seconds);
              waitForAll({ deadlineSeconds: seconds });
            }}
          />
          seconds{' '}
          <span class="muted">
            ({min} to {max.toLocaleString('en')})
          </span>
        </label>
      )}
    </>
  );
}
