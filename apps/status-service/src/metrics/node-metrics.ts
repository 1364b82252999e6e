import type { NodeStatus } from '@muster/contracts';
import { Gauge, type Registry } from 'prom-client';
import type { Assessment } from '../board/assessment.js';
import { nodeStatus } from '../http/node-status.js';
import { expectedNodes } from '../model/node-view.js';

/** One gauge for each expected node; undefined: there is nothing to say of it. */
interface NodeGauge {
  readonly name: string;
  readonly help: string;
  read(node: NodeStatus): number | undefined;
}

const GAUGES: readonly NodeGauge[] = [
  {
    name: 'muster_node_live',
    help: '1 while the reports of an expected node arrive',
    read: ({ state }) => flag(state === 'live'),
  },
  { name: 'muster_node_in_sync', help: '1 while a node proves the head', read: ({ inSync }) => flag(inSync) },
  { name: 'muster_node_paused', help: '1 while a node is held in maintenance', read: ({ paused }) => flag(paused) },
  {
    name: 'muster_node_lag_revisions',
    help: 'Revisions by which a node is behind the head',
    read: ({ lagRevisions }) => lagRevisions,
  },
  {
    name: 'muster_node_lag_seconds',
    help: 'Seconds since the first revision was committed that a node has not taken in',
    read: ({ lagSeconds }) => lagSeconds,
  },
  { name: 'muster_node_queued', help: 'Changes that a node knows and has not begun', read: ({ queued }) => queued },
  {
    name: 'muster_node_parked',
    help: 'Extensions that failed on a node and stand aside',
    read: ({ parked }) => parked,
  },
  {
    name: 'muster_node_drift_recurring',
    help: 'Extensions of a node that had to be put right again and again lately',
    read: ({ driftRecurring }) => driftRecurring.length,
  },
  {
    name: 'muster_node_clock_offset_seconds',
    help: "A node's clock less the database's",
    read: ({ clockOffsetMs }) => (clockOffsetMs === undefined ? undefined : clockOffsetMs / 1_000),
  },
  {
    name: 'muster_node_proof_age_seconds',
    help: 'Age of the latest proof of a node',
    read: ({ provenSecondsAgo }) => provenSecondsAgo,
  },
];

/** What is known of each expected node, reckoned only when somebody asks: `latest` is the latest round. */
export function registerNodeMetrics(registry: Registry, latest: () => Assessment | undefined): void {
  let of: Assessment | undefined;
  let nodes: NodeStatus[] = [];
  const known = (): NodeStatus[] => {
    const assessment = latest();
    if (assessment !== of) nodes = assessment === undefined ? [] : describe(assessment);
    of = assessment;
    return nodes;
  };
  for (const { name, help, read } of GAUGES) {
    const gauge: Gauge<'node'> = new Gauge({
      name,
      help,
      labelNames: ['node'],
      registers: [registry],
      collect: () => {
        // A node that was retired leaves no last value behind.
        gauge.reset();
        for (const node of known()) {
          const value = read(node);
          if (value !== undefined) gauge.set({ node: node.node }, value);
        }
      },
    });
  }
}

function describe({ views, facts }: Assessment): NodeStatus[] {
  return expectedNodes(views).map((view) => nodeStatus(view, facts));
}

function flag(value: unknown): number {
  return value ? 1 : 0;
}
