import { OPTION_KINDS, type CommandWords, type Completed } from './words-of.js';

const SOURCE: Readonly<Record<Completed, string>> = {
  extension: "'(muster list --quiet 2>/dev/null </dev/null)'",
  node: "'(muster nodes --quiet 2>/dev/null </dev/null)'",
  proposal: "'(muster proposals --quiet 2>/dev/null </dev/null)'",
  file: '',
  words: '',
  nothing: '',
};

/** For fish 3 and later. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c muster -n __fish_use_subcommand -f -a ${command.name} -d ${quoted(command.summary)}`,
    ...optionLines(command),
    ...argumentLines(command),
  ]);
  return `# fish completion of muster\n${lines.join('\n')}\n`;
}

function optionLines({ name, options }: CommandWords): string[] {
  return options.map(({ flag, summary, takesValue }) => {
    const kind = OPTION_KINDS[flag];
    const source = kind === undefined || SOURCE[kind] === '' ? '' : ` -a ${SOURCE[kind]}`;
    const value = takesValue ? ` -r${kind === 'file' ? '' : ' -f'}${source}` : ' -f';
    return `complete -c muster -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}${value} -d ${quoted(summary)}`;
  });
}

function argumentLines({ name, arguments: kinds, choices }: CommandWords): string[] {
  if (kinds.includes('file')) return [];
  const sources = [...new Set(kinds)].map((kind) => SOURCE[kind]).filter((source) => source !== '');
  if (choices.length > 0) sources.push(quoted(choices.join(' ')));
  const condition = `-n '__fish_seen_subcommand_from ${name}' -f`;
  return sources.map((source) => `complete -c muster ${condition} -a ${source}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
