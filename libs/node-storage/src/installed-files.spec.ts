import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { InstalledFiles } from './installed-files.js';
import { MemoryCatalog } from './spec/memory-catalog.js';
import { RecordingHook, TrialStorage } from './spec/trial-storage.js';

const files = { 'metadata.xml': 'A', 'ui/w/w.js': 'let a = 1;', 'ui/empty': '', 'lib/common/a.jar': 'jar' };
let trial: TrialStorage;
let served: InstalledFiles;
beforeAll(async () => {
  trial = await TrialStorage.open(new MemoryCatalog());
  trial.catalog.commit({ bring: [{ name: 'A', files }] });
  await trial.apply();
  served = new InstalledFiles(trial.storage);
});

function read(path: string, name = 'A'): Promise<string | undefined> {
  return served.withFile(name, path.split('/'), ({ sizeBytes, read: part }) => text(part(0, sizeBytes)));
}

describe('what is installed', () => {
  it('is read, whole and in part', async () => {
    expect(await read('ui/w/w.js')).toBe('let a = 1;');
    expect(await read('ui/empty')).toBe('');
    expect(await served.withFile('A', ['ui', 'w', 'w.js'], ({ read: part }) => text(part(4, 5)))).toBe('a = 1');
  });

  it('has another tag once it is another version', async () => {
    const tag = () => served.withFile('Tagged', ['ui', 'x'], ({ tag: found }) => Promise.resolve(found));
    const tags: (string | undefined)[] = [];
    for (const version of ['1.0', '1.1']) {
      trial.catalog.commit({
        bring: [{ name: 'Tagged', version, files: { 'metadata.xml': version, 'ui/x': 'same' } }],
      });
      await trial.apply();
      tags.push(await tag(), await tag());
    }
    expect(new Set(tags).size).toBe(2);
    expect(tags).not.toContain(undefined);
  });
});

describe('what is not to be read', () => {
  it.each([
    ['ui/w/none.js', 'A'],
    ['ui/w', 'A'],
    ['ui', 'A'],
    ['', 'A'],
    ['ui/../lib/common/a.jar', 'A'],
    ['ui/./w/w.js', 'A'],
    ['ui//w/w.js', 'A'],
    ['ui/w/w.js/', 'A'],
    ['ui/w/w.js', 'B'],
    ['ui/w/w.js', '../extensions/A'],
    ['ui/w/w.js', 'a'],
  ])('%s of %s', async (path, name) => expect(await read(path, name)).toBeUndefined());

  it.each(['ui\\w\\w.js', 'ui/w/w.js\0.png', '../A/ui/w/w.js'])('a segment that is no name: %j', async (segment) => {
    expect(await served.withFile('A', [segment], () => Promise.resolve('read'))).toBeUndefined();
  });

  it('a link, wherever it stands in the path, and no regular file', async () => {
    const ui = join(trial.storage.extensionsPath, 'A/ui');
    const outside = join(trial.storage.path, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'secret'), 'secret');
    symlinkSync(join(outside, 'secret'), join(ui, 'file'));
    symlinkSync(outside, join(ui, 'directory'));
    symlinkSync(join(ui, 'w'), join(ui, 'inside'));
    execFileSync('mkfifo', [join(ui, 'pipe')]);
    for (const path of ['ui/file', 'ui/directory/secret', 'ui/inside/w.js', 'ui/pipe'])
      expect(await read(path), path).toBeUndefined();
    for (const name of ['file', 'directory', 'inside', 'pipe']) rmSync(join(ui, name));
  });

  it('a directory that Muster did not put there, and one whose hook did not run', async () => {
    mkdirSync(join(trial.storage.extensionsPath, 'Foreign/ui'), { recursive: true });
    writeFileSync(join(trial.storage.extensionsPath, 'Foreign/ui/x'), 'x');
    expect(await read('ui/x', 'Foreign')).toBeUndefined();
    const mark = (await trial.storage.marks.read('A'))!;
    await trial.storage.marks.write({ ...mark, state: 'installing', hook: 'pending' });
    expect(await read('ui/w/w.js')).toBeUndefined();
    await trial.storage.marks.write({ ...mark, state: 'installing', hook: 'pending', previous: mark });
    expect(await read('ui/w/w.js')).toBe('let a = 1;');
    await trial.storage.marks.write(mark);
  });

  it('what was removed', async () => {
    trial.hook = new RecordingHook();
    trial.catalog.commit({ remove: ['Tagged'] });
    await trial.apply();
    expect(await read('ui/x', 'Tagged')).toBeUndefined();
  });
});
