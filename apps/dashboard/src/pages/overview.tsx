import { EmptyCluster } from '../components/empty-cluster.js';
import { MatrixPanel } from '../components/matrix/matrix-panel.js';
import { TimelinePanel } from '../components/timeline.js';
import { WhyPanel } from '../components/why-panel.js';
import { board } from '../store/live.js';
import { path } from '../store/router.js';

export function Overview() {
  const shown = board.value;
  if (!shown) return <div class="loading" aria-hidden="true" />;
  const why = path.value[0] === 'why';
  const empty = shown.extensions.length === 0 && shown.cluster.revision === 0;
  return (
    <div class={why ? 'overview with-why' : 'overview'}>
      {empty ? <EmptyCluster board={shown} /> : <MatrixPanel />}
      {why ? <WhyPanel /> : <TimelinePanel />}
    </div>
  );
}
