import { createInterface } from 'node:readline/promises';
import { EXIT } from '../exit-code.js';
import { Failure } from '../failure.js';
import type { World } from '../world.js';

/** Whether somebody is there to be asked. */
export function canAsk({ stdin, stderr }: Pick<World, 'stdin' | 'stderr'>): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** Asks on the terminal; anything but `y` or `yes`, or the word that has to be typed, calls it off. */
export async function confirm(world: World, question: string, word?: string): Promise<void> {
  const reader = createInterface({ input: world.stdin, output: world.stderr });
  // Readline takes Ctrl-C for itself while it reads.
  const aborter = new AbortController();
  reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  reader.once('close', () => aborter.abort());
  const signal = AbortSignal.any([world.interrupt, aborter.signal]);
  const hint = word === undefined ? ' [y/N] ' : ` Type ${word} to go on: `;
  try {
    const answer = (await reader.question(question + hint, { signal })).trim();
    if (word === undefined ? /^y(es)?$/i.test(answer) : answer === word) return;
  } catch {
    world.interrupt.throwIfAborted();
  } finally {
    reader.close();
  }
  throw new Failure('it', 'not-confirmed', 'nothing was changed', {
    exitCode: EXIT.refused,
    happened: 'was called off',
  });
}

/** Without a terminal nobody can be asked: what takes something away then needs `--yes`. */
export function needsYes(what: string): Failure {
  return new Failure(what, 'not-confirmed', 'there is no terminal to ask on', {
    exitCode: EXIT.usage,
    remedy: 'Nothing was changed. Say --yes if it is meant.',
  });
}
