import { proposalListSchema, type ProposalView } from '@muster/contracts';
import type { Command } from 'commander';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import { act, type Host } from '../host.js';
import { changesWords } from '../output/changes-words.js';
import { oneLine } from '../output/plain.js';
import { readinessLines } from '../output/readiness-lines.js';
import { count, localTime, names, relative, span } from '../output/words.js';
import { callOff } from '../proposal/call-off.js';
import { findProposal } from '../proposal/proposal-watch.js';
import type { Session } from '../session.js';
import { describe } from './describe.js';

/** So much of an id is shown in a list; any beginning that only one has is taken for it. */
const SHORT = 8;
/** As many as one answer may hold. */
const MOST_LISTED = 100;

export function addProposals(program: Command, host: Host): void {
  const summary = 'list what nodes get ready for before it is activated on all together; show one, or call it off';
  const command = describe(program, 'proposals', summary, [
    'proposals',
    'proposals 1f0c2d3e',
    'proposals cancel 1f0c2d3e',
  ])
    .argument('[proposal]', 'only this one, with each node; the beginning of its id is enough')
    .action(
      act(host, (session, _options: object, id?: string) => (id === undefined ? list(session) : show(session, id))),
    );
  describe(command, 'show', 'show one with each node, as "muster proposals ID" does', ['proposals show 1f0c2d3e'])
    .argument('<proposal>', 'its id, or the beginning of it')
    .action(act(host, (session, _options: object, id: string) => show(session, id)));
  describe(command, 'cancel', 'call one off while it is open: nothing is changed anywhere', [
    'proposals cancel 1f0c2d3e',
  ])
    .argument('<proposal>', 'its id, or the beginning of it')
    .action(act(host, (session, _options: object, id: string) => cancel(session, id)));
}

async function list(session: Session): Promise<void> {
  const { out } = session;
  const proposals = await allProposals(session);
  const { nowMs } = session;
  const rows = proposals.map((view) => [
    view.id.slice(0, SHORT),
    view.state,
    changesWords(view.changes),
    view.actor,
    `${view.nodes.filter(({ state }) => state === 'ready').length} of ${view.nodes.length}`,
    view.reason === undefined ? whenWords(view, nowMs) : `${whenWords(view, nowMs)}: ${oneLine(view.reason)}`,
  ]);
  const none = 'Nothing was proposed yet. Begin with: muster import YOUR.zip --activate together';
  out.list(['ID', 'STATE', 'CHANGE', 'BY', 'READY', 'WHEN'], rows, none);
  for (const { id } of proposals) out.value(id);
  out.document({ proposals });
}

async function show(session: Session, given: string): Promise<void> {
  const { out } = session;
  const view = await findProposal(session, await idOf(session, given));
  const { id, state, changes, createdAt, actor, nodes, reason } = view;
  const { nowMs } = session;
  out.value(state);
  out.document(view);
  out.line(out.paint.strong(`Proposal ${id}: ${changesWords(changes)}`));
  out.line(`  made ${localTime(createdAt)} by ${actor}`);
  out.line(`  ${state}, ${whenWords(view, nowMs)}${reason === undefined ? '' : `: ${oneLine(reason)}`}`);
  out.line();
  // Of one that is over, how it was then.
  const atMs = view.settledAt === undefined ? nowMs : Date.parse(view.settledAt);
  out.lines(readinessLines(nodes, { paint: out.paint, columns: out.columns, nowMs: atMs }));
  if (state === 'open') out.line(out.paint.faint(`To call it off: muster proposals cancel ${id.slice(0, SHORT)}`));
}

async function cancel(session: Session, given: string): Promise<void> {
  const { out } = session;
  const view = await callOff(session, await idOf(session, given));
  out.line(`Called off: ${changesWords(view.changes)}. Nothing was changed anywhere.`);
  out.value(view.state);
  out.document(view);
}

/** `41 s left`, `revision 7, 3 min ago`, `3 min ago`. */
function whenWords({ state, expiresAt, settledAt = expiresAt, revision }: ProposalView, nowMs: number): string {
  if (state === 'open') return `${span(Date.parse(expiresAt) - nowMs)} left`;
  // The clock is known to the second only: what is over does not lie ahead.
  const ago = relative(settledAt, Math.max(nowMs, Date.parse(settledAt)));
  return state === 'activated' ? `revision ${revision ?? 0}, ${ago}` : ago;
}

async function allProposals(session: Session, limit?: number): Promise<readonly ProposalView[]> {
  const { proposals } = await session.ask(proposalListSchema, {
    service: 'import-service',
    path: ['proposals'],
    query: { limit },
    thing: 'the list of proposals',
  });
  return proposals;
}

async function idOf(session: Session, given: string): Promise<string> {
  if (given.length === 36) return given;
  const beginning = given.toLowerCase();
  const found = (await allProposals(session, MOST_LISTED)).map(({ id }) => id).filter((id) => id.startsWith(beginning));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  const remedy = '"muster proposals" lists them.';
  if (only === undefined)
    throw new Failure(`the proposal ${given}`, 'proposal-unknown', 'none has an id that begins like this', {
      exitCode: EXIT.refused,
      remedy,
    });
  throw new Failure(`the proposal ${given}`, 'proposal-ambiguous', `${count(found.length, 'id')} begin like this`, {
    exitCode: EXIT.refused,
    remedy: `Give more of it: ${names(found, 4)}.`,
  });
}
