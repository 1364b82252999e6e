import { Command, Option } from 'commander';
import { addCommands } from './commands/index.js';
import { programHelp } from './help.js';
import type { Host } from './host.js';

/** The whole command line. */
export function buildProgram(host: Host): Command {
  const program = new Command('muster')
    .description('Keeps the extensions of every node the same, and says truthfully when they are and why not.')
    .exitOverride()
    .configureOutput({ writeOut: host.write, writeErr: () => undefined })
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => title.replace(/:$/, '') })
    .helpOption('-h, --help', 'show this')
    .helpCommand('help [command]', 'show what a command does');
  const globals = [
    new Option('--url <address>', 'of the import-service, or of the status-service'),
    new Option('--status-url <address>', 'of the status-service'),
    new Option('--token <token>', 'sent as Bearer; better given by MUSTER_TOKEN'),
    new Option('--config <file>', 'a JSON file with url, statusUrl, token'),
    new Option('--json', 'one JSON document on stdout'),
    new Option('--quiet', 'print only what a script needs'),
  ];
  for (const option of globals) program.addOption(option);
  addCommands(program, host);
  // Only its own: what is configured here before would be that of every command.
  program.configureHelp({ ...program.configureHelp(), formatHelp: programHelp });
  return program;
}
