import { leaveWhy } from './why-panel.js';
import { openDialog, show } from '../store/dialogs.js';
import { navigate, path, to } from '../store/router.js';

const GO: Readonly<Record<string, () => string>> = {
  o: to.overview,
  n: to.nodes,
  e: to.extensions,
  r: to.revisions,
  i: () => to.import(),
};
/** How long the second key of `g n` may take. */
const SECOND_KEY_MS = 1_500;
let goUntil = 0;

export function listenToKeys(): void {
  addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      show({ kind: 'search' });
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || openDialog.peek() || isTyping(event.target)) return;
    if (press(event.key)) event.preventDefault();
  });
}

function press(key: string): boolean {
  const target = Date.now() < goUntil ? GO[key] : undefined;
  goUntil = 0;
  if (target) navigate(target());
  else if (key === 'g') goUntil = Date.now() + SECOND_KEY_MS;
  else if (key === '/') show({ kind: 'search' });
  else if (key === '?') show({ kind: 'help' });
  else if (key === 'Escape' && path.peek()[0] === 'why') leaveWhy();
  else return false;
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}
