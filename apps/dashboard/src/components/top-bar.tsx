import { board } from '../store/live.js';
import { show } from '../store/dialogs.js';
import { path, to } from '../store/router.js';
import { nextTheme, theme } from '../store/theme.js';

const NAVIGATION = [
  { name: 'Overview', href: to.overview, at: ['', 'why'] },
  { name: 'Nodes', href: to.nodes, at: ['nodes'] },
  { name: 'Extensions', href: to.extensions, at: ['extensions'] },
  { name: 'Revisions', href: to.revisions, at: ['revisions'] },
] as const;

export function TopBar() {
  const here = path.value[0] ?? '';
  return (
    <header class="top-bar">
      <a class="brand" href={to.overview()}>
        <strong>Muster</strong>
        <span class="cluster">{board.value?.cluster.cluster}</span>
      </a>
      <nav aria-label="Pages">
        {NAVIGATION.map(({ name, href, at }) => (
          <a key={name} href={href()} aria-current={(at as readonly string[]).includes(here) ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <div class="tools">
        <button type="button" class="quiet search-button" onClick={() => show({ kind: 'search' })}>
          Search <kbd>/</kbd>
        </button>
        <button
          type="button"
          class="quiet icon"
          onClick={() => show({ kind: 'help' })}
          aria-label="Help and keys"
          title="Help and keys (?)"
        >
          ?
        </button>
        <button
          type="button"
          class="quiet icon"
          onClick={nextTheme}
          aria-label={`Theme: ${theme.value}; change`}
          title={`Theme: ${theme.value}`}
        >
          <span class={`theme-mark ${theme.value}`} aria-hidden="true" />
        </button>
        <a class="button primary" href={to.import()}>
          Import…
        </a>
      </div>
    </header>
  );
}
