import type { Convergence, NodeConvergence } from '@muster/contracts';
import type { Output } from '../output/output.js';
import { names, span } from '../output/words.js';

/** Without a terminal a line says every so often that it still waits. */
const STILL_WAITING_MS = 15_000;

/** One line for each node when it gets there, fails or is found absent; and one that changes while others are waited for. */
export class NodeLines {
  private readonly told = new Map<string, NodeConvergence['state']>();
  private lastWaitingAt = performance.now();

  constructor(
    private readonly out: Output,
    private readonly done: string,
    private readonly startedAt: number,
  ) {}

  /** `answers`: one for each revision that was open at this look. */
  show(answers: readonly Convergence[]): void {
    const nodes = new Map<string, NodeConvergence>();
    for (const { nodes: standing } of answers) {
      for (const node of standing) {
        const before = nodes.get(node.node);
        if (before === undefined || before.state === 'converged') nodes.set(node.node, node);
      }
    }
    const width = Math.max(10, ...[...nodes.keys()].map((name) => name.length));
    for (const node of nodes.values()) this.tell(node, width);
    const open = [...nodes.values()].filter(({ state }) => state === 'syncing');
    const rest = open.length > 0 ? open : [...nodes.values()].filter(({ state }) => state === 'absent');
    const [first] = rest;
    if (first === undefined) return;
    const all = names(
      rest.map(({ node }) => node),
      3,
    );
    const whose = rest.length === 1 ? all : `${all}; ${first.node}`;
    this.waiting(`waiting for ${whose}: ${first.reason ?? first.state}`);
  }

  /** What it waits for now. */
  waiting(text: string): void {
    const elapsed = span(performance.now() - this.startedAt);
    this.out.progress(`  ${text}   ${elapsed}`);
    if (this.out.isLive || performance.now() - this.lastWaitingAt < STILL_WAITING_MS) return;
    this.lastWaitingAt = performance.now();
    this.out.line(`  ${text} (${elapsed})`);
  }

  private tell({ node, state, reason }: NodeConvergence, width: number): void {
    if (state === 'syncing' || this.told.get(node) === state) return;
    this.told.set(node, state);
    const { paint } = this.out;
    const name = node.padEnd(width);
    const elapsed = paint.faint(span(performance.now() - this.startedAt));
    if (state === 'converged') this.out.line(`  ${name}  ${this.done.padEnd(11)} ${elapsed}`);
    else if (state === 'failed') this.out.line(`  ${name}  ${paint.bad('failed'.padEnd(11))} ${reason ?? ''}`);
    else this.out.line(`  ${name}  ${paint.warn('absent'.padEnd(11))} ${reason ?? ''}`);
  }
}
