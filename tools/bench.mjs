// npm run bench: builds, then prints what we measure, as ratios against other tools in the same run.
// Arguments after `--` go to the bench: `npm run bench -- --only import,unpack --runs 7 --dir /mnt/fast`.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root, run } from './run.mjs';

const steps = [
  ['nx', ['run-many', '-t', 'build', '--output-style=static']],
  ['tsc', ['-p', 'bench/tsconfig.json']],
];
for (const [program, args] of steps) {
  const { code } = run(program, args, { quiet: true });
  if (code !== 0) process.exit(code);
}
const bench = spawnSync(process.execPath, [path.join(root, 'bench/dist/main.js'), ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exitCode = bench.status ?? 1;
