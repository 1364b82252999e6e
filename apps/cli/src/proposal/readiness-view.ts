import type { ProposalView } from '@muster/contracts';
import { changesWords } from '../output/changes-words.js';
import { notReadyWords, paintedState, readinessLines, readyWords } from '../output/readiness-lines.js';
import { names, span } from '../output/words.js';
import type { Session } from '../session.js';

/** Without a terminal a line says every so often that it still waits. */
const STILL_WAITING_MS = 15_000;

/** How far each node is: on a terminal a table that is drawn anew, elsewhere a line for each change of a node's state. */
export class ReadinessView {
  private readonly told = new Map<string, string>();
  private saidAt = performance.now();

  constructor(private readonly session: Session) {}

  show(view: ProposalView): void {
    const { out } = this.session;
    if (out.isLive) out.picture(this.picture(view));
    else this.say(view);
  }

  private picture({ changes, nodes, state, expiresAt }: ProposalView): string[] {
    const { out, nowMs } = this.session;
    const left = state === 'open' ? `   ${span(Date.parse(expiresAt) - nowMs)} left` : '';
    const title = `${changesWords(changes)}   ${out.paint.strong(readyWords(nodes))}${left}`;
    // Where there is not room for all, those that are waited for are seen.
    const unreadyFirst = [
      ...nodes.filter((node) => node.state !== 'ready'),
      ...nodes.filter((node) => node.state === 'ready'),
    ];
    const rows = readinessLines(unreadyFirst, { paint: out.paint, columns: out.columns - INDENT.length, nowMs });
    return [title, ...rows].map((line) => `${INDENT}${line}`);
  }

  private say({ nodes, state, expiresAt }: ProposalView): void {
    const { out, nowMs } = this.session;
    const width = Math.max(10, ...nodes.map(({ node }) => node.length));
    for (const node of nodes) {
      const facts = `${node.state} ${node.code ?? ''}`;
      const before = this.told.get(node.node);
      this.told.set(node.node, facts);
      // That nothing is known of it yet is no news.
      if (before === facts || (before === undefined && node.state === 'waiting')) continue;
      const words = `  ${node.node.padEnd(width)}  ${paintedState(node.state, out.paint).padEnd(11)} ${notReadyWords(node)}`;
      out.line(words.trimEnd());
      this.saidAt = performance.now();
    }
    if (state !== 'open' || performance.now() - this.saidAt < STILL_WAITING_MS) return;
    this.saidAt = performance.now();
    const unready = nodes.filter((node) => node.state !== 'ready').map(({ node }) => node);
    const left = span(Date.parse(expiresAt) - nowMs);
    if (unready.length > 0) out.line(`  waiting for ${names(unready, 4)} to be ready; ${left} left`);
  }
}

const INDENT = '  ';
