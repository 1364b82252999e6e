import { nodeListSchema, replayViewSchema, type NodeStatus, type ReplayNode, type ReplayView } from '@muster/contracts';
import { EXIT, type ExitCode } from '../exit-code.js';
import { Failure, ToldFailure } from '../failure.js';
import { count, names, span } from '../output/words.js';
import { oneLine } from '../output/plain.js';
import type { Session } from '../session.js';
import { failureDocument } from '../tell-failure.js';

const POLL_MS = 300;

/** Tells of each node as it has done its part, until all have. */
export async function followReplay(session: Session, id: string, timeoutMs: number): Promise<ExitCode> {
  const { out } = session;
  session.meanwhile = `The replay goes on without you; a node that is absent begins when it comes back.`;
  const deadline = session.deadline(timeoutMs);
  const startedAt = performance.now();
  const told = new Set<string>();
  for (;;) {
    const view = await session.ask(replayViewSchema, {
      service: 'import-service',
      path: ['replays', id],
      thing: `the replay ${id}`,
    });
    for (const node of view.nodes) {
      if (node.state === 'waiting' || told.has(node.node)) continue;
      told.add(node.node);
      out.line(`  ${node.node.padEnd(10)}  ${node.state.padEnd(12)} ${didWords(node)}`.trimEnd());
    }
    const waiting = view.nodes.filter(({ state }) => state === 'waiting').map(({ node }) => node);
    if (view.ended || deadline.isOver)
      return conclude(session, view, waiting, startedAt, await areAbsent(session, waiting));
    out.progress(`  waiting for ${names(waiting, 4)}   ${span(performance.now() - startedAt)}`);
    await deadline.pause(POLL_MS);
  }
}

function didWords({ installed = [], removed = [], deployed = [], skipped, reason }: ReplayNode): string {
  const parts = [
    ...(installed.length > 0 ? [`installed ${names(installed, 4)}`] : []),
    ...(removed.length > 0 ? [`removed ${names(removed, 4)}`] : []),
    ...(deployed.length > 0 ? [`deployed ${names(deployed, 4)}`] : []),
    ...(skipped === undefined || skipped === 0 ? [] : [`${skipped} as they were`]),
    ...(reason === undefined ? [] : [oneLine(reason)]),
  ];
  return parts.join(', ');
}

/** Whether none of those that are waited for is there. */
async function areAbsent(session: Session, waiting: readonly string[]): Promise<boolean> {
  if (waiting.length === 0) return false;
  const question = { service: 'status-service', path: ['nodes'], thing: 'the list of nodes' } as const;
  // Nobody who says so: then it is only late.
  const { nodes } = await session.ask(nodeListSchema, question).catch(() => ({ nodes: [] as NodeStatus[] }));
  return waiting.every((name) => {
    const node = nodes.find((one) => one.node === name);
    return node !== undefined && (node.state !== 'live' || node.paused !== undefined);
  });
}

function conclude(
  { out }: Session,
  view: ReplayView,
  waiting: readonly string[],
  startedAt: number,
  isAbsent: boolean,
): ExitCode {
  const bad = view.nodes.filter(({ state }) => state !== 'done' && state !== 'waiting');
  if (bad.length === 0 && waiting.length === 0) {
    out.line(`  Replayed on ${count(view.nodes.length, 'node')} in ${span(performance.now() - startedAt)}.`);
    out.document(view);
    return EXIT.done;
  }
  const isBad = bad.length > 0;
  const detail = isBad
    ? bad
        .map(({ node, state, reason = '' }) => `${node}: ${state}${reason === '' ? '' : `: ${oneLine(reason)}`}`)
        .join('; ')
    : `${names(waiting)} ${waiting.length === 1 ? 'has' : 'have'} not begun or not ended`;
  const failure = new Failure(
    `the replay ${view.id}`,
    isBad ? (bad[0]?.state ?? 'failed') : isAbsent ? 'absent' : 'timed-out',
    detail,
    {
      exitCode: isBad ? EXIT.failed : isAbsent ? EXIT.absent : EXIT.late,
      happened: isBad ? 'went wrong on a node' : 'has not ended in time',
      remedy: isBad
        ? '"muster why" says what clears it.'
        : 'It goes on; a node that is absent begins when it comes back.',
    },
  );
  out.document({ ...view, error: failureDocument(failure) });
  throw new ToldFailure(failure);
}
