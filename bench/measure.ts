import { spawn } from 'node:child_process';

/** How long the work takes, in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error('nothing was measured');
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/** The smallest value that the given part of all values does not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (value === undefined) throw new Error('nothing was measured');
  return value;
}

/**
 * Takes turns: every contestant once per round, so that what else happens on the machine falls on all alike. The first round
 * warms up and does not count.
 */
export async function takeTurns(
  runs: number,
  contestants: Readonly<Record<string, (round: number) => Promise<number>>>,
): Promise<Record<string, number[]>> {
  const results: Record<string, number[]> = {};
  for (let round = 0; round <= runs; round += 1) {
    for (const [name, run] of Object.entries(contestants)) {
      const result = await run(round);
      if (round > 0) (results[name] ??= []).push(result);
    }
    process.stderr.write(round === 0 ? '  warm' : ` ${round}`);
  }
  process.stderr.write('\n');
  return results;
}

/** Runs a tool to its end. A non-zero exit is an error, with what the tool said. */
export function runTool(program: string, args: readonly string[], deadlineMs = 120_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: deadlineMs });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`${program} exited ${code}: ${said}`))));
  });
}

/** Whether a tool can be had here. */
export function hasTool(program: string): Promise<boolean> {
  return runTool('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}
