import type { BoardNode } from '@muster/contracts';
import { StateWord } from '../components/basics.js';
import { age, count } from '../model/format.js';
import { nodeLook } from '../model/looks.js';
import { compareNames } from '../model/apply-message.js';
import { board } from '../store/live.js';
import { to } from '../store/router.js';

export function NodesPage() {
  const nodes = (board.value?.nodes ?? []).toSorted(
    (left, right) => nodeLook(right).grave - nodeLook(left).grave || compareNames(left.node, right.node),
  );
  return (
    <div class="page">
      <h2 class="page-title">
        Nodes <span class="muted">{nodes.length}</span>
      </h2>
      <section class="panel scroll-x" tabIndex={0} role="region" aria-label="Nodes">
        {nodes.length === 0 ? (
          <p class="muted">No node has enrolled yet.</p>
        ) : (
          <table class="list">
            <thead>
              <tr>
                <th scope="col">Node</th>
                <th scope="col">State</th>
                <th scope="col" class="right">
                  Revision
                </th>
                <th scope="col">Behind</th>
                <th scope="col">Proven</th>
                <th scope="col">What and why</th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <NodeRow key={node.node} node={node} />
              ))}
            </tbody>
          </table>
        )}
      </section>
    </div>
  );
}

function NodeRow({ node }: { node: BoardNode }) {
  const look = nodeLook(node);
  return (
    <tr>
      <th scope="row">
        <a href={to.node(node.node)}>{node.node}</a>
      </th>
      <td>
        <StateWord look={look} />
      </td>
      <td class="right number">{node.revision}</td>
      <td class="number">
        {node.lagRevisions === 0 ? '–' : `${count(node.lagRevisions, 'revision')}, ${age(node.lagSeconds)}`}
      </td>
      <td class="number">{node.provenSecondsAgo === undefined ? 'never' : `${age(node.provenSecondsAgo)} ago`}</td>
      <td class="wide">
        {node.paused ? `paused by ${node.paused.actor}: ${node.paused.reason}` : (node.doing ?? node.reason ?? '')}{' '}
        {look.grave >= 5 && <a href={to.why(node.node)}>Why?</a>}
      </td>
    </tr>
  );
}
