import { EventEmitter } from 'node:events';
import type {
  BoardMessage,
  BoardNode,
  BoardSnapshot,
  Cell,
  ChangeAction,
  ExtensionState,
  ImportResult,
  NodePassage,
  RevisionPassage,
} from '@muster/contracts';
import { FakeProposals } from './fake-proposals.js';
import { makePassages, passage } from './fake-passages.js';
import { makeCell, sha } from './make-board.js';
import { SCENARIOS, type ScenarioName } from './scenarios.js';

const STEPS: readonly ExtensionState[] = ['queued', 'fetching', 'staging', 'installing', 'deploying'];

export interface FakeChange {
  readonly action: ChangeAction;
  readonly extension: string;
  readonly version: string;
}

/** A cluster that stands as a scenario says, takes imports, and moves on when it is told to. */
export class FakeCluster extends EventEmitter<{ message: [BoardMessage, string] }> {
  board: BoardSnapshot;
  revisions: RevisionPassage[];
  readonly proposals = new FakeProposals(this);
  private sent = 1;

  constructor(scenario: ScenarioName) {
    super();
    this.setMaxListeners(100);
    this.board = SCENARIOS[scenario]();
    const { nodes, cluster } = this.board;
    this.revisions = makePassages(nodes, cluster.revision, cluster.state === 'converged' ? 1_262 : 372);
  }

  get messageId(): string {
    return String(this.sent);
  }

  /** Commits a change of one extension; the first node has it at once, the others follow with `advance`. */
  commit(action: FakeChange['action'], extension: string, version: string): ImportResult {
    return this.commitAll([{ action, extension, version }]);
  }

  /** The same of several, as one revision. */
  commitAll(wished: readonly FakeChange[]): ImportResult {
    const revision = this.board.cluster.revision + 1;
    const changes = wished.map((change) => {
      const previousVersion = this.board.extensions.find(({ name }) => name === change.extension)?.version;
      const sha256 = sha(`${change.extension} ${change.version}`);
      return { ...change, sha256, sizeBytes: 96_412, ...(previousVersion !== undefined && { previousVersion }) };
    });
    const touched = new Set(changes.map(({ extension }) => extension));
    const extensions = [
      ...this.board.extensions.filter(({ name }) => !touched.has(name)),
      ...changes
        .filter(({ action }) => action !== 'remove')
        .map(({ extension, version }) => ({ name: extension, version, revision })),
    ];
    const committedAt = new Date().toISOString();
    const nodes = this.board.nodes.map((node, index): BoardNode => {
      if (index === 0 || node.state !== 'live') return { ...node, revision: index === 0 ? revision : node.revision };
      const cells = changes.map(({ action, extension, version, previousVersion }) => [
        extension,
        makeCell('queued', 0, {
          ...(previousVersion !== undefined && { version: previousVersion }),
          ...(action !== 'remove' && { wantedVersion: version }),
        }),
      ]);
      return {
        ...node,
        inSync: false,
        lagRevisions: 1,
        queued: changes.length,
        cells: { ...node.cells, ...Object.fromEntries(cells) },
      };
    });
    const passages = nodes.map((node, index): NodePassage => {
      if (index === 0) return passage(node.node, committedAt, 0.6);
      return { node: node.node, state: node.state === 'live' ? 'under-way' : 'absent', receivedAt: committedAt };
    });
    this.revisions.unshift({ revision, actor: 'ana', committedAt, publishedAt: committedAt, changes, nodes: passages });
    this.change(nodes, { revision, committedAt, state: 'syncing', since: committedAt, converged: 1 });
    this.board = { ...this.board, extensions };
    this.emitMessage({ type: 'extensions', extensions });
    this.emitMessage({ type: 'revision', revision, converged: false });
    const told = changes.map(({ action, extension, version, sha256 }) => ({ action, extension, version, sha256 }));
    return { revision, chain: sha('chain'), changes: told, warnings: [] };
  }

  /** Every node that is on its way goes one step on; nodes with an even place are a step slower at the start. */
  advance(): void {
    const { revision } = this.board.cluster;
    const nodes = this.board.nodes.map((node, index) =>
      node.state === 'live' && !node.inSync && node.parked === 0 ? this.step(node, index) : node,
    );
    const done = nodes.every(({ inSync }) => inSync);
    const converged = nodes.filter(({ inSync, state }) => inSync && state === 'live').length;
    const newest = this.revisions[0];
    if (done && newest && newest.convergedAt === undefined) newest.convergedAt = new Date().toISOString();
    this.change(nodes, {
      converged,
      ...(done && { state: 'converged', since: new Date().toISOString(), provenSecondsAgo: 0 }),
    });
    this.emitMessage({ type: 'revision', revision, converged: done });
  }

  /** Changes what the page is told of the cluster as a whole, and of its nodes. */
  change(nodes: BoardNode[], cluster: Partial<BoardSnapshot['cluster']>): void {
    const at = new Date().toISOString();
    this.board = { ...this.board, nodes, cluster: { ...this.board.cluster, ...cluster, at } };
    this.emitMessage({ type: 'nodes', nodes, gone: [] });
    this.emitMessage({ type: 'cluster', cluster: this.board.cluster });
  }

  showProposals(proposals: BoardSnapshot['proposals']): void {
    this.board = { ...this.board, proposals };
    this.emitMessage({ type: 'proposals', proposals });
  }

  beat(): void {
    this.emitMessage({ type: 'beat', at: new Date().toISOString() });
  }

  private step(node: BoardNode, index: number): BoardNode {
    const [name, cell] = Object.entries(node.cells)[0] ?? [];
    const { revision } = this.board.cluster;
    if (name === undefined || !cell) return node;
    const next = STEPS[STEPS.indexOf(cell.state) + 1];
    if (cell.state === 'queued' && index % 2 === 0 && !this.late.delete(node.node)) {
      this.late.add(node.node);
      return node;
    }
    if (next !== undefined)
      return {
        ...node,
        queued: 0,
        doing: `${next} ${name}`,
        cells: { ...node.cells, [name]: { ...cell, state: next } satisfies Cell },
      };
    this.prove(node.node, 0.8 + index * 0.15);
    const { doing: _, ...rest } = node;
    return { ...rest, inSync: true, revision, lagRevisions: 0, queued: 0, provenSecondsAgo: 0, cells: {} };
  }

  private readonly late = new Set<string>();

  private prove(id: string, factor: number): void {
    const newest = this.revisions[0];
    if (newest)
      newest.nodes = newest.nodes.map((node) => (node.node === id ? passage(id, newest.committedAt, factor) : node));
  }

  private emitMessage(message: BoardMessage): void {
    this.sent += 1;
    this.board = { ...this.board, id: this.messageId };
    this.emit('message', message, this.messageId);
  }
}
