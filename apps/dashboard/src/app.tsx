import { useEffect, useRef } from 'preact/hooks';
import { ProposalBanners } from './components/proposal-banner.js';
import { DropVeil } from './components/import/drop-field.js';
import { FreezeBanner, LogBanner } from './components/freeze-banner.js';
import { NoticeList } from './components/notice-list.js';
import { SpokenState, StateLine } from './components/state-line.js';
import { TopBar } from './components/top-bar.js';
import { Dialogs } from './dialogs/dialogs.js';
import { ExtensionPage } from './pages/extension-page.js';
import { ExtensionsPage } from './pages/extensions-page.js';
import { ImportPage } from './pages/import-page.js';
import { NodePage } from './pages/node-page.js';
import { NodesPage } from './pages/nodes-page.js';
import { Overview } from './pages/overview.js';
import { RevisionPage, RevisionsPage } from './pages/revisions-page.js';
import { trustworthy } from './store/live.js';
import { path, to } from './store/router.js';

export function App() {
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <TopBar />
      <StateLine />
      <SpokenState />
      <FreezeBanner />
      <LogBanner />
      <ProposalBanners />
      <Main />
      <NoticeList />
      <Dialogs />
      <DropVeil />
    </>
  );
}

function Main() {
  const main = useRef<HTMLElement>(null);
  const page = path.value.slice(0, 2).join('/');
  const before = useRef(page);
  useEffect(() => {
    const overview = (address: string): boolean => address === '' || address === 'why';
    if (before.current !== page && !(overview(before.current) && overview(page))) {
      main.current?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    before.current = page;
  }, [page]);
  return (
    <main id="main" ref={main} tabIndex={-1} class={trustworthy.value ? '' : 'doubted'}>
      <Page />
    </main>
  );
}

function Page() {
  const [first, second] = path.value;
  switch (first) {
    case undefined:
    case 'why':
      return <Overview />;
    case 'nodes':
      return second === undefined ? <NodesPage /> : <NodePage key={second} node={second} />;
    case 'extensions':
      return second === undefined ? <ExtensionsPage /> : <ExtensionPage key={second} name={second} />;
    case 'revisions':
      if (second === undefined) return <RevisionsPage />;
      return /^\d{1,15}$/.test(second) ? <RevisionPage key={second} revision={Number(second)} /> : <NotFound />;
    case 'import':
      return <ImportPage />;
    default:
      return <NotFound />;
  }
}

function NotFound() {
  return (
    <div class="page">
      <h2 class="page-title">There is no such page</h2>
      <p>
        <a href={to.overview()}>To the overview</a>
      </p>
    </div>
  );
}
