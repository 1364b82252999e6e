import { useMemo, useState } from 'preact/hooks';
import { searchBoard, type Found } from '../model/search.js';
import { unfreeze } from '../store/acts.js';
import { close, show } from '../store/dialogs.js';
import { board } from '../store/live.js';
import { navigate, to } from '../store/router.js';
import { nextTheme } from '../store/theme.js';
import { Dialog } from './dialog.js';

export function SearchDialog() {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const snapshot = board.value;
  const found = useMemo(() => (snapshot ? searchBoard(snapshot, text) : []), [snapshot, text]);
  const chosen = Math.min(at, found.length - 1);
  const go = (entry: Found | undefined): void => {
    if (!entry) return;
    close();
    run(entry);
  };
  return (
    <Dialog title="Search" kind="search">
      <input
        autoFocus
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="found"
        aria-activedescendant={found[chosen] ? `found-${chosen}` : undefined}
        aria-label="Search nodes, extensions, revisions and acts"
        placeholder="A node, an extension, a revision, an act …"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(found.length - 1, chosen + 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(0, chosen - 1));
          else if (event.key === 'Enter') go(found[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="found" role="listbox" aria-label="Found">
        {found.map((entry, index) => (
          <li
            key={`${entry.kind} ${entry.name}`}
            id={`found-${index}`}
            role="option"
            aria-selected={index === chosen}
            onClick={() => go(entry)}
            onPointerMove={() => setAt(index)}
          >
            {entry.name} <span class="muted">{entry.note}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="muted">Nothing has this name.</p>}
    </Dialog>
  );
}

function run({ kind, name }: Found): void {
  if (kind === 'node') navigate(to.node(name));
  else if (kind === 'extension') navigate(to.extension(name));
  else if (kind === 'revision') navigate(to.revision(Number(name.replace(/\D/g, ''))));
  else ACTS[name]?.();
}

const ACTS: Readonly<Record<string, () => void>> = {
  'Import…': () => navigate(to.import()),
  'Freeze imports…': () => show({ kind: 'freeze' }),
  'Unfreeze imports': () => void unfreeze(),
  'Why is it not converged?': () => navigate(to.why()),
  'Change the theme': nextTheme,
  'Help and keys': () => show({ kind: 'help' }),
};
