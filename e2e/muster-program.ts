import { execFile, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import path from 'node:path';
import type { Cluster } from './cluster.js';

const program = path.resolve(import.meta.dirname, '../apps/cli/bin/muster.mjs');

/** How a call of the command line ended. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One call of `muster` in a directory, with the addresses of a cluster. */
export function runMuster(cluster: Cluster, directory: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: directory, env: environmentOf(cluster, directory) };
    execFile(process.execPath, [program, ...args], options, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** The same, under way. */
export function beginMuster(
  cluster: Cluster,
  directory: string,
  args: readonly string[],
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [program, ...args], { cwd: directory, env: environmentOf(cluster, directory) });
}

function environmentOf(cluster: Cluster, directory: string): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: directory, MUSTER_URL: cluster.importUrl(), MUSTER_STATUS_URL: cluster.statusUrl };
}
