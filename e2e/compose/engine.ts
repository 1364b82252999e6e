import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';

/** The repository's root: where the Dockerfile and the compose file are. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Why this machine cannot run the stack; undefined where it can. */
export function whyNoEngine(): string | undefined {
  const engine = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' });
  if (engine.error !== undefined) return 'no docker command';
  if (engine.status !== 0) return `no Docker engine answers: ${engine.stderr.trim().split('\n')[0]}`;
  const compose = spawnSync('docker', ['compose', 'version', '--short'], { encoding: 'utf8' });
  if (compose.status !== 0 || !/^v?[2-9]/.test(compose.stdout)) return 'no Docker Compose v2';
  return undefined;
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly deadlineMs?: number;
}

/** Standard output of a docker command; it throws with all that was printed where the command fails. */
export function docker(args: readonly string[], { env, deadlineMs = 120_000 }: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd: root, env: env ?? process.env, timeout: deadlineMs, maxBuffer: 256 * 1024 * 1024 };
    execFile('docker', args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new Error(`docker ${args.join(' ')}:\n${stdout.slice(-4_000)}${stderr.slice(-4_000)}`, { cause: error }),
        );
    });
  });
}
