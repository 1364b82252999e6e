import { OPTION_KINDS, type CommandWords, type Completed } from './words-of.js';

const ACTION: Readonly<Record<Completed, string>> = {
  extension: '_muster_extensions',
  node: '_muster_nodes',
  proposal: '_muster_proposals',
  file: '_files',
  words: '',
  nothing: ' ',
};

/** For zsh with its completion system. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  const list = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n');
  return `#compdef muster
# zsh completion of muster
_muster_extensions() { local -a all; all=("\${(@f)$(muster list --quiet 2>/dev/null </dev/null)}"); compadd -a all }
_muster_nodes() { local -a all; all=("\${(@f)$(muster nodes --quiet 2>/dev/null </dev/null)}"); compadd -a all }
_muster_proposals() { local -a all; all=("\${(@f)$(muster proposals --quiet 2>/dev/null </dev/null)}"); compadd -a all }
_muster() {
  local -a commands
  commands=(
${list}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
${commands.map(caseOf).join('\n')}
  esac
}
if [ "$funcstack[1]" = _muster ]; then _muster "$@"; else compdef _muster muster; fi
`;
}

function caseOf({ name, options, arguments: kinds, repeats, choices }: CommandWords): string {
  const flags = options.map(({ flag, summary, takesValue }) => {
    const value = takesValue ? `:value:${ACTION[OPTION_KINDS[flag] ?? 'nothing']}` : '';
    return quoted(`${flag}[${summary.replaceAll(/[[\]:]/g, ' ')}]${value}`);
  });
  const places = kinds.map((kind, index) => {
    const place = repeats && index === kinds.length - 1 ? '*' : String(index + 1);
    const words = index === 0 ? choices.join(' ') : '';
    const action =
      kind === 'words' ? `(${words})` : words === '' ? ACTION[kind] : `{${ACTION[kind]}; compadd ${words}}`;
    return quoted(`${place}:${kind}:${action}`);
  });
  return `    ${name}) _arguments ${[...flags, ...places].join(' ')} ;;`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
