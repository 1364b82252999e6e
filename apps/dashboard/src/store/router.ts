import { computed, signal } from '@preact/signals';

const BASE = '/ui';
const here = signal(new URL(location.href));

/** The parts of the address behind `/ui/`, decoded. */
export const path = computed(() =>
  here.value.pathname
    .slice(BASE.length)
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent),
);
export const query = computed(() => here.value.searchParams);

export function address(parts: readonly string[], params: Record<string, string | undefined> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) if (value !== undefined && value !== '') search.set(key, value);
  const tail = search.size === 0 ? '' : `?${search.toString().replaceAll('+', '%20')}`;
  return `${BASE}/${parts.map(encodeURIComponent).join('/')}${tail}`;
}

export const to = {
  overview: () => address([], filters()),
  node: (node: string) => address(['nodes', node]),
  nodes: () => address(['nodes']),
  extension: (name: string) => address(['extensions', name]),
  extensions: () => address(['extensions']),
  revision: (revision: number) => address(['revisions', String(revision)]),
  revisions: () => address(['revisions']),
  why: (node?: string, extension?: string) => address(['why'], { ...filters(), node, extension }),
  import: (revision?: number) => address(['import'], { revision: revision?.toString() }),
};

/** The matrix keeps its filters while *why* is looked at beside it. */
const FILTERS = ['state', 'nodes', 'extensions'] as const;
export type FilterName = (typeof FILTERS)[number];

function filters(): Record<string, string | undefined> {
  const params = here.peek().searchParams;
  return Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? undefined]));
}

export function setFilter(name: FilterName, value: string | undefined): void {
  const url = new URL(here.peek());
  if (value === undefined || value === '') url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  history.replaceState(null, '', url);
  here.value = url;
}

export function navigate(href: string, how: 'push' | 'replace' = 'push'): void {
  const url = new URL(href, location.href);
  if (url.href === here.peek().href) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', url);
  here.value = url;
}

/** Links within the page change the view, not the document. */
export function followLinks(): void {
  addEventListener('popstate', () => {
    here.value = new URL(location.href);
  });
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href]');
    if (!link || link.target !== '' || link.hasAttribute('download')) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(`${BASE}/`)) return;
    event.preventDefault();
    navigate(url.href);
  });
}
