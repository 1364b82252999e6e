import { span } from '../output/words.js';

const WORDS: Readonly<Record<string, string>> = {
  receive: 'received',
  check: 'checked',
  stage: 'unpacked',
  switch: 'switched',
  deploy: 'deployed',
  commit: 'committed',
};

/** Steps that took less are not worth a word of their own. */
const WORTH_MS = 500;

/** `   (deployed in 2.1 s)`, from a `Server-Timing`: the steps on the origin that took long. */
export function stepWords(serverTiming: string): string {
  const long = serverTiming.split(',').flatMap((part) => {
    const [, step = '', duration = ''] = /^\s*([a-z]+);dur=([\d.]+)\s*$/.exec(part) ?? [];
    const word = WORDS[step];
    return word === undefined || Number(duration) < WORTH_MS ? [] : [`${word} in ${span(Number(duration))}`];
  });
  return long.length === 0 ? '' : `   (${long.join(', ')})`;
}
