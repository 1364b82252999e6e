import type { Argument, Command } from 'commander';

/** What can stand where an argument does. */
export type Completed = 'extension' | 'node' | 'proposal' | 'file' | 'words' | 'nothing';

export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly { readonly flag: string; readonly summary: string; readonly takesValue: boolean }[];
  /** For each argument in turn; the last one also for those behind it, where it may be repeated. */
  readonly arguments: readonly Completed[];
  readonly repeats: boolean;
  /** Words that can stand where the first argument does: its values, or names of commands within this one. */
  readonly choices: readonly string[];
}

const KINDS: Readonly<Record<string, Completed>> = {
  name: 'extension',
  extension: 'extension',
  extensions: 'extension',
  node: 'node',
  proposal: 'proposal',
  files: 'file',
  shell: 'words',
};

/** The command line as a shell needs to know it. */
export function wordsOf(program: Command): CommandWords[] {
  const options = (command: Command) =>
    command.options.map(({ long, description, required, optional }) => ({
      flag: long ?? '',
      summary: description,
      takesValue: required || optional,
    }));
  return program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    options: [...options(command), ...options(program)].filter(({ flag }) => flag !== ''),
    arguments: argumentsOf(command).map((argument) => KINDS[argument.name()] ?? 'nothing'),
    repeats: command.registeredArguments.at(-1)?.variadic ?? false,
    choices: [
      ...command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
      ...command.commands.map((within) => within.name()),
    ],
  }));
}

/** Its own, and behind them those of the commands within it: these come in its first argument's place. */
function argumentsOf({ registeredArguments, commands }: Command): readonly Argument[] {
  return [...registeredArguments, ...(commands[0]?.registeredArguments ?? [])];
}

/** Options whose value is a name that can be completed. */
export const OPTION_KINDS: Readonly<Record<string, Completed>> = {
  '--node': 'node',
  '--nodes': 'node',
  '--extension': 'extension',
  '--extensions': 'extension',
  '--output': 'file',
  '--config': 'file',
};
