import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryDirectory } from '@muster/testing';
import { expect, test } from 'vitest';
import { tryMuster } from '../spec/try-muster.js';

async function script(shell: string): Promise<string> {
  const { stdout, exitCode } = await tryMuster(['completion', shell]);
  expect(exitCode).toBe(0);
  return stdout;
}

test('bash completes commands, options, extensions and nodes', async () => {
  const directory = await temporaryDirectory('completion');
  await writeFile(
    path.join(directory, 'muster'),
    '#!/bin/sh\n[ "$1" = list ] && printf "Foo\\nFoo Bar\\n"; [ "$1" = nodes ] && echo node-1; [ "$1" = proposals ] && echo 1f0c\n',
    { mode: 0o755 },
  );
  const file = path.join(directory, 'completion.bash');
  await writeFile(file, await script('bash'));
  const complete = (...words: string[]) => {
    const line = `source ${file}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _muster; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const environment = { ...process.env, PATH: `${directory}:${process.env['PATH'] ?? ''}` };
    return execFileSync('bash', ['-c', line, 'bash', 'muster', ...words], { env: environment })
      .toString()
      .trim()
      .split('\n');
  };
  expect(complete('ro')).toEqual(['rollback']);
  expect(complete('why', 'no')).toEqual(['node-1']);
  expect(complete('why', 'node-1', 'F')).toEqual(['Foo', String.raw`Foo\ Bar`]);
  expect(complete('retry', 'node-1', 'Foo', 'Fo')).toContain('Foo');
  expect(complete('history', '--node', '')).toEqual(['node-1']);
  expect(complete('wait', '--rev')).toEqual(['--revision']);
  expect(complete('completion', 'z')).toEqual(['zsh']);
  expect(complete('proposals', '')).toEqual(['1f0c', 'show', 'cancel']);
  expect(complete('proposals', 'cancel', '')).toEqual(['1f0c']);
});

test.each(['zsh', 'fish'])('%s reads its script without complaint, where there is one', async (shell) => {
  const text = await script(shell);
  expect(text).toContain('rollback');
  const check = spawnSync(shell, ['-n', '/dev/stdin'], { input: text });
  if (check.error === undefined) expect(check.stderr.toString()).toBe('');
});

test('an unknown shell is a wrong use', async () => {
  expect((await tryMuster(['completion', 'tcsh'])).exitCode).toBe(2);
});
