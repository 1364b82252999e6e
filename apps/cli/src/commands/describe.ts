import type { Command } from 'commander';

/** A command with its one line for the list, and its examples before all else of its help. */
export function describe(program: Command, usage: string, summary: string, examples: readonly string[]): Command {
  const shown = examples.map((example) => `  $ muster ${example}\n`).join('');
  return program
    .command(usage)
    .summary(summary)
    .addHelpText('before', `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.\n\nExamples\n${shown}`)
    .allowExcessArguments(false);
}
