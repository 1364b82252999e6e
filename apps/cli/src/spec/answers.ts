import type {
  BoardNode,
  BoardSnapshot,
  Convergence,
  ExtensionDetail,
  ImportResult,
  NodeReadiness,
  ProposalView,
} from '@muster/contracts';

export const SHA = 'a'.repeat(64);
export const NOW = '2026-11-24T10:00:00.000Z';

export function imported(revision = 7, extension = 'Foo'): ImportResult {
  return {
    revision,
    chain: SHA,
    changes: [{ action: 'install', extension, version: '1.0.0', sha256: SHA }],
    warnings: [],
  };
}

type State = Convergence['state'];

export function convergence(
  state: State,
  nodes: Readonly<Record<string, Convergence['nodes'][number]['state']>>,
  revision = 7,
): Convergence {
  return {
    state,
    revision,
    digest: SHA,
    ...(state !== 'converged' && { reason: `it is ${state}` }),
    nodes: Object.entries(nodes).map(([node, nodeState]) => ({
      node,
      state: nodeState,
      revision,
      since: NOW,
      ...(nodeState !== 'converged' && { reason: `${node} is ${nodeState}` }),
    })),
  };
}

export function boardNode(node: string, changes: Partial<BoardNode> = {}): BoardNode {
  return {
    node,
    state: 'live',
    since: NOW,
    heardSecondsAgo: 1,
    provenSecondsAgo: 4,
    revision: 7,
    inSync: true,
    parked: 0,
    foreign: 0,
    lagRevisions: 0,
    lagSeconds: 0,
    queued: 0,
    starts: 1,
    driftRecurring: [],
    cells: {},
    ...changes,
  };
}

export function board(
  changes: Partial<BoardSnapshot['cluster']> = {},
  nodes: readonly BoardNode[] = [boardNode('node-1')],
): BoardSnapshot {
  return {
    id: '1-1',
    cluster: {
      cluster: 'local',
      state: 'converged',
      since: NOW,
      revision: 7,
      digest: SHA,
      expected: nodes.length,
      converged: nodes.length,
      provenSecondsAgo: 4,
      fresh: true,
      at: '2026-11-24T10:06:00.000Z',
      ...changes,
    },
    extensions: [{ name: 'Foo', version: '1.0.0', revision: 7 }],
    nodes: [...nodes],
    proposals: [],
  };
}

export function detail(sha256: string, sizeBytes: number): ExtensionDetail {
  return {
    name: 'Foo',
    version: '1.0.0',
    sha256,
    sizeBytes,
    unpackedBytes: 10,
    revision: 7,
    treeDigest: SHA,
    metadata: {
      name: 'Foo',
      version: '1.0.0',
      dependsOn: [],
      entities: [{ type: 'Widget', name: 'foo' }],
      fileResources: [],
    },
    versions: [{ version: '1.0.0', sha256, sizeBytes, importedAt: NOW, current: true, stored: true }],
    history: [],
  };
}

export const PROPOSAL = '1f0c2d3e-aaaa-4bbb-8ccc-0123456789ab';

export function proposal(
  nodes: Readonly<Record<string, NodeReadiness['state'] | Omit<NodeReadiness, 'node' | 'since'>>>,
  changes: Partial<ProposalView> = {},
): ProposalView {
  return {
    id: PROPOSAL,
    state: 'open',
    actor: 'ana',
    baseRevision: 6,
    changes: [{ action: 'install', extension: 'Foo', version: '1.0.0', sha256: SHA }],
    createdAt: NOW,
    expiresAt: '2026-11-24T10:01:00.000Z',
    nodes: Object.entries(nodes).map(([node, readiness]) => ({
      node,
      since: NOW,
      ...(typeof readiness === 'string' ? { state: readiness } : readiness),
    })),
    ...changes,
  };
}
