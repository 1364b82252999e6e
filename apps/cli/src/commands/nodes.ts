import { nodeDetailSchema, nodeListSchema, type NodeStatus } from '@muster/contracts';
import type { Command } from 'commander';
import { act, type Host } from '../host.js';
import { behindWords, nodeWord, paintedWord, reasonWords } from '../output/node-words.js';
import { oneLine } from '../output/plain.js';
import { localTime, names, span } from '../output/words.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';

export function addNodes(program: Command, host: Host): void {
  describe(program, 'nodes', 'list the nodes, or show one: what it has proven, does, waits for and has parked', [
    'nodes',
    'nodes node-7',
  ])
    .argument('[node]', 'only this one, with all its extensions')
    .action(
      act(host, (session, _options: object, node?: string) =>
        node === undefined ? list(session) : show(session, node),
      ),
    );
}

async function list(session: Session): Promise<void> {
  const { out } = session;
  const answer = await session.ask(nodeListSchema, {
    service: 'status-service',
    path: ['nodes'],
    thing: 'the list of nodes',
  });
  const rows = answer.nodes.map((node) => [
    node.node,
    paintedWord(nodeWord(node), out.paint),
    String(node.revision),
    ago(node.provenSecondsAgo),
    ago(node.heardSecondsAgo),
    behindWords(node),
    nodeWord(node) === 'in sync' ? '' : reasonWords(node, session.nowMs),
  ]);
  out.list(['NODE', 'STATE', 'REVISION', 'PROVEN', 'HEARD', 'BEHIND', 'WHY'], rows, 'No node has enrolled yet.');
  for (const { node } of answer.nodes) out.value(node);
  out.document(answer);
}

async function show(session: Session, name: string): Promise<void> {
  const { out, nowMs } = session;
  const detail = await suggesting(session, { node: name }, () =>
    session.ask(nodeDetailSchema, { service: 'status-service', path: ['nodes', name], thing: name }),
  );
  const word = nodeWord(detail);
  out.value(word);
  out.document(detail);
  out.line(`${out.paint.strong(detail.node)}   ${paintedWord(word, out.paint)}, since ${localTime(detail.since)}`);
  out.table(facts(detail, nowMs).map(([title, value]) => [`  ${out.paint.faint(title)}`, value]));
  const { report } = detail;
  if (report === undefined) return;
  if (report.foreign.length > 0) out.table([[`  ${out.paint.faint('foreign')}`, names(report.foreign)]]);
  out.line();
  const rows = report.extensions.map((entry) => [
    entry.name,
    entry.version ?? '',
    entry.wantedVersion === undefined ? 'none' : entry.wantedVersion,
    entry.state === 'parked' ? out.paint.bad(entry.state) : entry.state,
    oneLine(entry.lastFailure?.detail ?? (entry.waitsFor === undefined ? '' : `waits for ${entry.waitsFor}`)),
  ]);
  out.list(['EXTENSION', 'HAS', 'WANTED', 'STATE', ''], rows, 'It has no extension.');
}

function facts(node: NodeStatus, nowMs: number): [string, string][] {
  const { revision, lock, clockOffsetMs, driftRecurring } = node;
  const reason = nodeWord(node) === 'in sync' ? '' : reasonWords(node, nowMs);
  const holder =
    lock === undefined
      ? ''
      : `${lock.service} ${lock.node} (pid ${lock.pid})${lock.purpose ? `: ${lock.purpose}` : ''}`;
  const all: [string, string][] = [
    ['revision', `${revision}${node.lagRevisions === 0 ? '' : `, ${behindWords(node)} behind`}`],
    ['proven', ago(node.provenSecondsAgo)],
    ['heard', ago(node.heardSecondsAgo)],
    ['why', reason],
    ['doing', oneLine(node.doing ?? '')],
    ['lock held by', holder],
    [
      'clock',
      clockOffsetMs === undefined || Math.abs(clockOffsetMs) < 1_000
        ? ''
        : `${span(Math.abs(clockOffsetMs))} ${clockOffsetMs < 0 ? 'behind' : 'ahead'}`,
    ],
    ['drifts again and again', names(driftRecurring)],
    ['starts', String(node.starts)],
    ['address', node.address ?? ''],
  ];
  return all.filter(([, value]) => value !== '');
}

function ago(seconds: number | undefined): string {
  return seconds === undefined ? 'never' : `${span(seconds * 1_000)} ago`;
}
