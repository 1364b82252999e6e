import { actionKindSchema, historySchema, type NodeAction } from '@muster/contracts';
import { Option, type Command } from 'commander';
import { act, type Host } from '../host.js';
import { wholeNumber } from '../options.js';
import type { Paints } from '../output/paint.js';
import { oneLine } from '../output/plain.js';
import { fineSpan, localTime } from '../output/words.js';
import type { Session } from '../session.js';
import { suggesting } from '../suggest.js';
import { describe } from './describe.js';

interface Options {
  readonly node?: string;
  readonly extension?: string;
  readonly kind?: string;
  readonly before?: string;
  readonly limit: number;
}

export function addHistory(program: Command, host: Host): void {
  describe(
    program,
    'history',
    'what each node did to its own storage, and why: wanted changes and corrections of drift',
    ['history --node node-7', 'history --extension Autocomplete --limit 50', 'history --kind drift-correction'],
  )
    .addOption(new Option('--node <node>', 'only of this node'))
    .addOption(new Option('--extension <name>', 'only of this extension'))
    .addOption(new Option('--kind <kind>', 'only these').choices(actionKindSchema.options))
    .addOption(new Option('--before <place>', 'the page behind, as the one before names it'))
    .addOption(new Option('--limit <count>', 'so many, the newest first').argParser(wholeNumber(1, 1_000)).default(20))
    .action(act(host, history));
}

async function history(session: Session, options: Options): Promise<void> {
  const { out } = session;
  const { node, extension } = options;
  const answer = await suggesting(session, { node, extension }, () =>
    session.ask(historySchema, {
      service: 'status-service',
      path: ['history'],
      query: { ...options },
      thing: 'the history',
    }),
  );
  const rows = answer.actions.map((action) => rowOf(action, out.paint));
  out.list(['WHEN', 'NODE', 'EXTENSION', 'WHAT', 'TOOK', 'CAUSE'], rows, 'Nothing has been done that fits.');
  if (answer.next !== undefined) out.line(out.paint.faint(`More: muster history --before ${answer.next}`));
  for (const { id } of answer.actions) out.value(id);
  out.document(answer);
}

function rowOf(entry: NodeAction, paint: Paints): string[] {
  const { at, node, extension, action, version, previousVersion, outcome, durationMs } = entry;
  const versions = [previousVersion, version].filter((one) => one !== undefined).join(' → ');
  const ending = outcome === 'done' ? '' : ` ${paint.bad(outcome)}`;
  return [
    localTime(at),
    node,
    extension,
    `${action} ${versions}`.trimEnd() + ending,
    fineSpan(durationMs),
    causeOf(entry, paint),
  ];
}

function causeOf({ kind, revision, actor, detector, code, detail, recurring }: NodeAction, paint: Paints): string {
  const parts =
    kind === 'drift-correction'
      ? [paint.warn('drift'), `found by ${detector}`]
      : [`revision ${revision ?? '?'}`, ...(actor === undefined ? [] : [`by ${actor}`])];
  if (recurring !== undefined) parts.push(paint.bad(`again and again (${recurring})`));
  const words = [code, detail === undefined ? undefined : oneLine(detail)]
    .filter((one) => one !== undefined)
    .join(': ');
  return [parts.join(' '), words].filter(Boolean).join('; ');
}
