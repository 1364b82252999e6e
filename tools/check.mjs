// npm run check: build, types of the tests, lint, format, boundaries. Every step runs, so that one run names all that is wrong.
import { run } from './run.mjs';

const steps = [
  ['build', 'nx', ['run-many', '-t', 'build', '--output-style=static']],
  ['types of the tests', 'tsc', ['-p', 'tsconfig.spec.json']],
  ['lint', 'oxlint', ['--deny-warnings']],
  ['format', 'prettier', ['--check', '--log-level', 'warn', '.']],
  [
    'boundaries',
    'depcruise',
    ['libs', 'apps', 'e2e', 'bench', '--include-only', '^(libs|apps|e2e|bench)/', '--output-type', 'err'],
  ],
];

let failed = 0;
for (const [name, program, args] of steps) {
  const { code, seconds } = run(program, args, { quiet: true });
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`);
  if (code !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
