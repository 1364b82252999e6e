import type { Catalog, EnrolledNode, OutboxOptions } from '@muster/catalog';
import type { NodePause, NodeRetired } from '@muster/contracts';
import { nodeLive, nodeRetired, nodeUnknown } from './recovery-problems.js';

export interface NodeDeskParts {
  readonly nodes: Catalog['nodes'];
  readonly outbox: OutboxOptions;
}

/** Holds nodes in maintenance, and stops expecting those that are gone. */
export class NodeDesk {
  constructor(private readonly parts: NodeDeskParts) {}

  /** Wakes the node, so that it says so. @throws HttpProblem `node-unknown`, `node-retired` */
  async pause(node: string, reason: string, actor: string): Promise<NodePause> {
    const { nodes, outbox } = this.parts;
    const known = await this.find(node);
    if (known.retiredAt !== undefined) throw nodeRetired([node]);
    const paused = await nodes.pause(node, { reason, actor }, outbox);
    if (paused === undefined) throw nodeUnknown([node]);
    return { node, paused };
  }

  /** Ends a pause, where there is one, and wakes the node. @throws HttpProblem `node-unknown` */
  async resume(node: string): Promise<NodePause> {
    const { nodes, outbox } = this.parts;
    if (!(await nodes.resume(node, outbox))) throw nodeUnknown([node]);
    return { node };
  }

  /** Stops expecting a node that has ended; again, it says since when. @throws HttpProblem `node-unknown`, `node-live` */
  async retire(node: string): Promise<NodeRetired> {
    const outcome = await this.parts.nodes.retire(node);
    if (outcome === 'unknown') throw nodeUnknown([node]);
    const { retiredAt } = await this.find(node);
    // Without a time it has come back at this moment.
    if (outcome === 'live' || retiredAt === undefined) throw nodeLive(node);
    return { node, retiredAt };
  }

  private async find(node: string): Promise<EnrolledNode> {
    const [known] = await this.parts.nodes.find([node]);
    if (known === undefined) throw nodeUnknown([node]);
    return known;
  }
}
