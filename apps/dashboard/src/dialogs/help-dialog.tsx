import { EXTENSION_STATES, NODE_STATES } from '@muster/contracts/tables';
import { EXTENSION_LOOKS, NODE_LOOKS } from '../model/looks.js';
import { close } from '../store/dialogs.js';
import { StateWord } from '../components/basics.js';
import { Dialog } from './dialog.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['/  or  Ctrl K', 'search'],
  ['g o', 'overview'],
  ['g n', 'nodes'],
  ['g e', 'extensions'],
  ['g r', 'revisions'],
  ['g i', 'import'],
  ['Arrows Home End', 'move in the matrix'],
  ['Enter', 'why, of the cell'],
  ['Esc', 'close, and back to the cell'],
  ['?', 'this help'],
];

export function HelpDialog() {
  return (
    <Dialog title="Keys and states" kind="help">
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <h3>States of an extension on a node</h3>
      <dl class="meanings">
        {Object.entries(EXTENSION_STATES).map(([state, { meaning }]) => (
          <div key={state}>
            <dt>
              <StateWord look={EXTENSION_LOOKS[state as keyof typeof EXTENSION_STATES]} />
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <h3>States of a node</h3>
      <dl class="meanings">
        {Object.entries(NODE_STATES)
          .filter(([state]) => state !== 'live')
          .map(([state, { meaning }]) => (
            <div key={state}>
              <dt>
                <StateWord look={NODE_LOOKS[state as Exclude<keyof typeof NODE_STATES, 'live'>]} />
              </dt>
              <dd>{meaning}</dd>
            </div>
          ))}
      </dl>
      <p class="buttons">
        <button type="button" class="primary" onClick={close}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
