import type { Command, Help } from 'commander';
import { table } from './output/table.js';

const EXAMPLES = `Examples
  $ muster import Autocomplete_1.0.38.zip        import it, and wait until every node has it
  $ muster status                                is everything all right? if not, what and where
  $ muster why node-7 Autocomplete               what keeps it, and what clears it
  $ muster rollback Autocomplete 1.0.37          bring an earlier version back everywhere
  $ muster wait --revision 128 --timeout 2s      for scripts: the exit code says how it stands`;

const REST = `Exit codes
  0 done, and converged where it waits      5 committed, not converged in time
  1 a fault in muster or its configuration  6 committed, nodes are absent
  2 wrong use of the command                7 superseded by a later revision
  3 refused, with its code                  8 nothing committed, try again later
  4 committed, and failed on a node         130 interrupted

Addresses and token come from --url, --status-url and --token; else from MUSTER_URL, MUSTER_STATUS_URL and
MUSTER_TOKEN; else from ./.muster.json; else from ~/.config/muster/config.json. Without any of them:
http://127.0.0.1:8080 and http://127.0.0.1:8081. "muster COMMAND --help" says more about each command.
`;

/** The help of the whole program: what it is for, examples, commands, options, exit codes. */
export function programHelp(program: Command, help: Help): string {
  const groups = new Map<string, string[][]>();
  for (const command of help.visibleCommands(program)) {
    const row = [`  ${command.name()}`, command.summary()];
    if (row[1] !== '') groups.set(command.helpGroup(), [...(groups.get(command.helpGroup()) ?? []), row]);
  }
  const options = help
    .visibleOptions(program)
    .map((option) => [`  ${help.optionTerm(option)}`, help.optionDescription(option)]);
  const all = [...groups.values()].flat().map(([name = '']) => name.length);
  const width = Math.max(...all);
  const blocks = [...groups].map(([title, rows]) => block(title, rows, width));
  return [
    `${program.description()}\n`,
    EXAMPLES,
    '',
    ...blocks,
    block('Options of every command', options, 0),
    REST,
  ].join('\n');
}

function block(title: string, rows: readonly (readonly string[])[], width: number): string {
  const padded = rows.map(([name = '', ...others]) => [name.padEnd(width), ...others]);
  return `${[title, ...table(padded)].join('\n')}\n`;
}
