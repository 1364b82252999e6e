import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** By the path of its program, or by the title that it gives itself. */
const PROGRAM = /(?:^|\/)(import-service|sync-agent|status-service)(?:\/dist\/main\.m?js| node-|\0|$)/;
const KILL_DEADLINE_MS = 5_000;

/**
 * Waits for the services of an earlier run on this directory, whose supervisor was killed; kills those that are still there
 * after `patienceMs`. Whoever
 * calls holds the directory's lock, so nothing of it can belong to a living cluster. Only Linux tells (/proc).
 */
export async function endLeftovers(dataDir: string, patienceMs: number, say: (line: string) => void): Promise<void> {
  const killAt = Date.now() + patienceMs;
  const deadline = killAt + KILL_DEADLINE_MS;
  const killed = new Set<number>();
  for (let left = await leftovers(dataDir); left.length > 0; left = await leftovers(dataDir)) {
    if (Date.now() > deadline) return;
    for (const { pid, service } of left) {
      if (Date.now() < killAt || killed.has(pid)) continue;
      killed.add(pid);
      say(`${service} (pid ${pid}) of an earlier run has not ended in ${patienceMs} ms; it is killed`);
      kill(pid);
    }
    await delay(100);
  }
}

interface Leftover {
  readonly pid: number;
  readonly service: string;
}

async function leftovers(dataDir: string): Promise<Leftover[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => leftover(pid, dataDir)));
  return found.filter((each) => each !== undefined);
}

async function leftover(pid: string, dataDir: string): Promise<Leftover | undefined> {
  const service = PROGRAM.exec(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''))?.[1];
  if (service === undefined) return undefined;
  const environment = `\0${await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')}`;
  return environment.includes(`\0MUSTER_LOCAL_CLUSTER=${dataDir}\0`) ? { pid: Number(pid), service } : undefined;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
