import { readdirSync, readFileSync } from 'node:fs';

/** Processor time that each thread of this process has used, in ticks of 10 ms. */
export function threadTimes(): Map<string, number> {
  return new Map(readdirSync('/proc/self/task').map((thread) => [thread, ticksOf(thread)]));
}

function ticksOf(thread: string): number {
  try {
    const fields = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return 0;
  }
}
