import { temporaryDirectory } from '@muster/testing';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { RotatingFile } from './rotating-file.js';

it('begins a new file at the size, keeps the youngest, and goes on where it was', async () => {
  const directory = await temporaryDirectory('logs');
  const file = path.join(directory, 'a.log');
  for (let number = 0; number < 20; number += 1) {
    const log = new RotatingFile(file, { maxBytes: 50, keep: 2 });
    log.writeLine(`line ${String(number).padStart(4, '0')}`);
    log.close();
  }
  expect((await readdir(directory)).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
  const read = async (name: string) => (await readFile(path.join(directory, name), 'utf8')).split('\n').filter(Boolean);
  expect(await read('a.log')).toEqual(['line 0015', 'line 0016', 'line 0017', 'line 0018', 'line 0019']);
  expect(await read('a.log.1')).toHaveLength(5);
});

it('loses lines, not the process, when it cannot write', async () => {
  const log = new RotatingFile(path.join(await temporaryDirectory('logs'), 'not', 'there.log'));
  expect(() => log.writeLine('x')).not.toThrow();
});
