import type { NodePassage, StageTimes } from '@muster/contracts';
import { duration } from '../model/format.js';
import { PASSAGE_LOOKS, STAGE_ORDER, STAGE_WORDS, scaleMs } from '../model/passage.js';
import { board } from '../store/live.js';
import { to } from '../store/router.js';
import { StateWord } from './basics.js';

const SCALE = 1_000;

/** How a revision came to each node: one bar per node, cut into its stages, the slowest first. */
export function StageBars({ nodes }: { nodes: readonly NodePassage[] }) {
  const scale = scaleMs(nodes);
  const sorted = nodes.toSorted(
    (left, right) => grave(right) - grave(left) || (right.totalMs ?? 0) - (left.totalMs ?? 0),
  );
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label="Nodes by stage">
      <table class="passages">
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">State</th>
            <th scope="col">
              <StageLegend />
            </th>
            <th scope="col" class="right">
              Total
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((node) => (
            <tr key={node.node}>
              <th scope="row">
                <a href={to.node(node.node)}>{node.node}</a>
              </th>
              <td>
                <StateWord look={PASSAGE_LOOKS[node.state]} />
              </td>
              <td class="bar-cell">
                <StageBar node={node} scale={scale} />
              </td>
              <td class="right number">{node.totalMs === undefined ? '' : duration(node.totalMs / 1_000)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function StageLegend() {
  return (
    <span class="stages">
      {STAGE_ORDER.map((stage) => (
        <span key={stage}>
          <span class={`stage-mark stage-${stage}`} aria-hidden="true" />
          {stage}
        </span>
      ))}
    </span>
  );
}

function StageBar({ node, scale }: { node: NodePassage; scale: number }) {
  const { stages } = node;
  if (node.state === 'parked') return <a href={to.why(node.node)}>Why?</a>;
  if (!stages) return <span class="muted">{doing(node) ?? reached(node)}</span>;
  const text = STAGE_ORDER.map((stage) => `${STAGE_WORDS[stage]} ${duration(stages[stage] / 1_000)}`).join(', ');
  let from = 0;
  return (
    <svg class="stage-bar" viewBox={`0 0 ${SCALE} 12`} preserveAspectRatio="none" role="img" aria-label={text}>
      <title>{text}</title>
      {STAGE_ORDER.map((stage) => {
        const x = from;
        const width = (stages[stage] / scale) * SCALE;
        from += width;
        return <rect key={stage} class={`stage-${stage}`} x={x} y={0} width={width} height={12} />;
      })}
    </svg>
  );
}

const REACHED: readonly (readonly [keyof StageTimes, string])[] = [
  ['provenAt', 'proven'],
  ['deployedAt', 'deployed; looking at the result'],
  ['switchedAt', 'switched; running the hook'],
  ['stagedAt', 'unpacked; about to switch'],
  ['fetchedAt', 'fetched; unpacking'],
  ['startedAt', 'started; fetching'],
  ['receivedAt', 'received; waiting for its turn'],
];

function reached(node: NodePassage): string {
  if (node.state === 'absent') return 'brought up to date when it comes back';
  if (node.state === 'skipped') return 'took a later revision at once';
  return REACHED.find(([moment]) => node[moment] !== undefined)?.[1] ?? 'not heard of yet';
}

/** The board hears of each step; the timeline only of those that have ended. */
function doing(node: NodePassage): string | undefined {
  if (node.state !== 'under-way') return undefined;
  return board.value?.nodes.find((row) => row.node === node.node)?.doing;
}

function grave({ state }: NodePassage): number {
  return PASSAGE_LOOKS[state].grave;
}
