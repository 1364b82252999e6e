import { Argument, type Command } from 'commander';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import { wordsOf } from '../completion/words-of.js';
import { zshCompletion } from '../completion/zsh.js';
import type { Host } from '../host.js';
import { describe } from './describe.js';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export function addCompletion(program: Command, host: Host): void {
  describe(program, 'completion', 'print what makes a shell complete commands, extensions and nodes', [
    'completion bash > ~/.local/share/bash-completion/completions/muster',
    'completion zsh > "${fpath[1]}/_muster"',
    'completion fish > ~/.config/fish/completions/muster.fish',
  ])
    .addArgument(new Argument('<shell>', 'whose').choices(Object.keys(SHELLS)))
    .action((shell: keyof typeof SHELLS) => host.write(SHELLS[shell](wordsOf(program))));
}
