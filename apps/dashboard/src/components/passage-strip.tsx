import type { NodePassage } from '@muster/contracts';
import { PASSAGE_LOOKS, scaleMs } from '../model/passage.js';

const HEIGHT = 16;
const MAX_WIDTH = 320;

/** One bar per node, as high as its time; nodes without a time stand full and in their own tone. Drawn as one path per state. */
export function PassageStrip({ nodes }: { nodes: readonly NodePassage[] }) {
  if (nodes.length === 0) return null;
  const step = Math.min(10, Math.max(1.5, MAX_WIDTH / nodes.length));
  const width = step > 3 ? step - 2 : step * 0.75;
  const scale = scaleMs(nodes);
  const paths = new Map<NodePassage['state'], string>();
  nodes.forEach(({ state, totalMs }, index) => {
    const height =
      state === 'proven' && totalMs !== undefined ? Math.max(2, Math.sqrt(totalMs / scale) * HEIGHT) : HEIGHT;
    const bar = `M${round(index * step)} ${HEIGHT}v-${round(height)}h${round(width)}v${round(height)}z`;
    paths.set(state, `${paths.get(state) ?? ''}${bar}`);
  });
  return (
    <svg class="strip" width={round(nodes.length * step)} height={HEIGHT} aria-hidden="true">
      {[...paths].map(([state, drawing]) => (
        <path key={state} class={`bar t-${PASSAGE_LOOKS[state].tone}`} d={drawing} />
      ))}
    </svg>
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
