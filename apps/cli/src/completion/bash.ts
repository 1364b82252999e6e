import { OPTION_KINDS, type CommandWords, type Completed } from './words-of.js';

const REPLY: Readonly<Record<Completed, string>> = {
  extension: '_muster_lines list',
  node: '_muster_lines nodes',
  proposal: '_muster_lines proposals',
  file: 'compopt -o default; COMPREPLY=()',
  words: ':',
  nothing: ':',
};

/** For bash 4 and later, with or without bash-completion. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const optionKinds = Object.entries(OPTION_KINDS).map(([flag, kind]) => `    ${flag}) ${REPLY[kind]}; return ;;`);
  return `# bash completion of muster
_muster_lines() {
  local name
  COMPREPLY=()
  while IFS= read -r name; do
    [[ $name == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$name")")
  done < <(muster "$1" --quiet 2>/dev/null </dev/null)
}
_muster() {
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command='' place=0 index
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case \${COMP_WORDS[index]} in
      -*) ;;
      *) if [[ -z $command ]]; then command=\${COMP_WORDS[index]}; else place=$((place + 1)); fi ;;
    esac
  done
  if [[ -z $command ]]; then
    COMPREPLY=($(compgen -W '${names} help --help --version' -- "$cur"))
    return
  fi
  case $before in
${optionKinds.join('\n')}
  esac
  case $command in
${commands.map(caseOf).join('\n')}
  esac
}
complete -F _muster muster
`;
}

function caseOf({ name, options, arguments: kinds, repeats, choices }: CommandWords): string {
  const flags = [...options.map(({ flag }) => flag), '--help'].join(' ');
  const places = kinds.map((kind, index) => {
    const pattern = repeats && index === kinds.length - 1 ? '*' : String(index);
    const words =
      index === 0 && choices.length > 0 ? `; COMPREPLY+=($(compgen -W '${choices.join(' ')}' -- "$cur"))` : '';
    return `        ${pattern}) ${REPLY[kind]}${words} ;;`;
  });
  const byPlace = places.length === 0 ? '      :' : `      case $place in\n${places.join('\n')}\n      esac`;
  return `    ${name})
      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '${flags}' -- "$cur")); return; fi
${byPlace}
      ;;`;
}
