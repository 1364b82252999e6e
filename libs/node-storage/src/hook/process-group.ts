import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { errorCode } from '../disk/failure.js';

const POLL_MS = 20;
/** A process in uninterruptible sleep cannot be ended by anybody: after this it is left. */
const GIVE_UP_MS = 60_000;

/** Asks a process group to end, ends it after the grace, and waits until nothing of it runs. */
export async function endGroup(group: number, graceMs: number): Promise<void> {
  signalGroup(group, 'SIGTERM');
  if (await groupEnded(group, graceMs)) return;
  signalGroup(group, 'SIGKILL');
  await groupEnded(group, GIVE_UP_MS);
}

export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

async function groupEnded(group: number, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (groupRuns(group)) {
    if (performance.now() >= end) return false;
    await pause(POLL_MS);
  }
  return true;
}

/** The dead whom nobody buried still count for a signal; they are told apart where /proc tells. */
function groupRuns(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
  if (process.platform !== 'linux') return true;
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && isLivingMember(entry, group));
}

function isLivingMember(pid: string, group: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = 'X', , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(processGroup) === group && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}
