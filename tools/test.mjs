// npm test: check, then every test. `--long` multiplies the counts of the fault tests. Arguments after `--` go to vitest.
// Ends with the line `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root, run } from './run.mjs';

const args = process.argv.slice(2);
const long = args.includes('--long');
const rest = args.filter((argument) => argument !== '--long' && argument !== '--');

const check = spawnSync(process.execPath, [path.join(root, 'tools/check.mjs')], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (check.status !== 0) {
  console.log('0 passed, 1 failed, 0 skipped');
  process.exit(1);
}
const env = long ? { MUSTER_TEST_SCALE: process.env.MUSTER_TEST_SCALE ?? '10' } : {};
const { code } = run('vitest', ['run', '--reporter=default', '--reporter=./tools/closing-line-reporter.mjs', ...rest], {
  env,
});
process.exitCode = code;
