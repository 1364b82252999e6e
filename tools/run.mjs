import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Runs a program of node_modules/.bin in the root, its output shown; the exit code. */
export function run(program, args, { quiet = false, env = {} } = {}) {
  const started = Date.now();
  const child = spawnSync(path.join(root, 'node_modules/.bin', program), args, {
    cwd: root,
    env: { ...process.env, NX_TUI: 'false', ...env },
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (child.error) throw child.error;
  const code = child.status ?? 1;
  if (quiet && code !== 0) process.stderr.write(`${child.stdout}${child.stderr}`);
  return { code, seconds: (Date.now() - started) / 1000 };
}
