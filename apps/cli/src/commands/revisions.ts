import {
  revisionPassageSchema,
  STAGES,
  timelineSchema,
  type NodePassage,
  type RevisionPassage,
} from '@muster/contracts';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { act, type Host } from '../host.js';
import { wholeNumber } from '../options.js';
import { changesWords } from '../output/changes-words.js';
import { count, fineSpan, localTime, names, span } from '../output/words.js';
import type { Session } from '../session.js';
import { describe } from './describe.js';

interface Options {
  readonly before?: number;
  readonly limit: number;
}

export function addRevisions(program: Command, host: Host): void {
  describe(program, 'revisions', 'list the revisions, or show one: how it came to each node, stage by stage', [
    'revisions',
    'revisions 128',
  ])
    .argument('[revision]', 'only this one, with each node', revisionNumber)
    .addOption(new Option('--before <revision>', 'only earlier ones').argParser(wholeNumber(1)))
    .addOption(new Option('--limit <count>', 'so many, the newest first').argParser(wholeNumber(1, 200)).default(20))
    .action(
      act(host, (session, options: Options, revision?: number) =>
        revision === undefined ? list(session, options) : show(session, revision),
      ),
    );
}

async function list(session: Session, options: Options): Promise<void> {
  const { out } = session;
  const answer = await session.ask(timelineSchema, {
    service: 'status-service',
    path: ['timeline'],
    query: { ...options },
    thing: 'the list of revisions',
  });
  const rows = answer.revisions.map((passage) => [
    String(passage.revision),
    changesWords(passage.changes),
    passage.actor,
    localTime(passage.committedAt),
    endingWords(passage),
  ]);
  out.list(
    ['REVISION', 'CHANGE', 'BY', 'WHEN', 'NODES'],
    rows,
    'Nothing is imported yet. Begin with: muster import YOUR.zip',
  );
  if (answer.next !== undefined) out.line(out.paint.faint(`More: muster revisions --before ${answer.next}`));
  for (const { revision } of answer.revisions) out.value(revision);
  out.document(answer);
}

async function show(session: Session, revision: number): Promise<void> {
  const { out } = session;
  const passage = await session.ask(revisionPassageSchema, {
    service: 'status-service',
    path: ['timeline', String(revision)],
    thing: `revision ${revision}`,
  });
  out.value(revision);
  out.document(passage);
  out.line(out.paint.strong(`Revision ${revision}: ${changesWords(passage.changes)}`));
  out.line(`  committed ${localTime(passage.committedAt)} by ${passage.actor}; ${endingWords(passage)}`);
  out.line();
  const stages = STAGES.filter((stage) => passage.nodes.some((node) => (node.stages?.[stage] ?? 0) >= 1));
  const heading = ['NODE', 'STATE', 'TOTAL', ...stages.map((stage) => stage.toUpperCase())];
  const rows = passage.nodes.map((node) => [
    node.node,
    node.state === 'parked' ? out.paint.bad(node.state) : node.state,
    node.totalMs === undefined ? '' : fineSpan(node.totalMs),
    ...stages.map((stage) => stageWords(node, stage)),
  ]);
  out.list(heading, rows, 'No node has told of it yet.');
}

function stageWords({ stages }: NodePassage, stage: (typeof STAGES)[number]): string {
  const milliseconds = stages?.[stage];
  return milliseconds === undefined ? '' : fineSpan(milliseconds);
}

function endingWords({ committedAt, convergedAt, nodes }: RevisionPassage): string {
  const proven = nodes.filter(({ state }) => state === 'proven' || state === 'skipped').length;
  if (convergedAt !== undefined) {
    return `on ${count(nodes.length, 'node')} after ${span(Date.parse(convergedAt) - Date.parse(committedAt))}`;
  }
  const parked = nodes.filter(({ state }) => state === 'parked').map(({ node }) => node);
  return `${proven} of ${count(nodes.length, 'node')}${parked.length === 0 ? '' : `, parked on ${names(parked, 3)}`}`;
}

function revisionNumber(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes the number of a revision.');
}
