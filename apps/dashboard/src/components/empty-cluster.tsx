import type { BoardSnapshot } from '@muster/contracts';
import { count } from '../model/format.js';
import { nodeLook } from '../model/looks.js';
import { to } from '../store/router.js';
import { Command, StateWord } from './basics.js';
import { DropField } from './import/drop-field.js';

/** What to do first, where nothing was imported yet. */
export function EmptyCluster({ board }: { board: BoardSnapshot }) {
  const nodes = board.nodes.filter(({ state }) => state !== 'retired');
  return (
    <section class="panel empty" aria-labelledby="empty-title">
      <h2 id="empty-title">Nothing has been imported yet</h2>
      {nodes.length === 0 ? (
        <>
          <p>No node has enrolled either. Start an agent beside each server, with a name and a storage of its own:</p>
          <Command text="MUSTER_NODE=node-1 MUSTER_STORAGE=/ThingworxStorage DATABASE_URL=… sync-agent" />
        </>
      ) : (
        <p>{count(nodes.length, 'node')} stand ready and wait for the first extension.</p>
      )}
      {nodes.length > 0 && (
        <ul class="ready-nodes">
          {nodes.map((node) => (
            <li key={node.node}>
              <a href={to.node(node.node)}>{node.node}</a> <StateWord look={nodeLook(node)} />
            </li>
          ))}
        </ul>
      )}
      <DropField />
      <p>Or from a terminal:</p>
      <Command text="muster import Autocomplete_1.0.38.zip" />
    </section>
  );
}
