import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryDirectory } from '@muster/testing';
import { refusePlatform } from './disk/file-system-check.js';
import { NodeStorage } from './node-storage.js';
import { MemoryCatalog } from './spec/memory-catalog.js';
import { TrialStorage } from './spec/trial-storage.js';

const options = { node: 'node-1', service: 'spec' };

describe('a storage that is opened', () => {
  it('has an id that stays, and leaves nothing behind', async () => {
    const storage = join(await temporaryDirectory('open'), 'deep', 'ThingworxStorage');
    const first = await NodeStorage.open({ ...options, storage });
    expect(readdirSync(first.extensionsPath)).toEqual([]);
    await first.close();
    const both = await Promise.all([
      NodeStorage.open({ ...options, storage }),
      NodeStorage.open({ ...options, storage }),
    ]);
    for (const one of both) {
      expect(one.storageId).toBe(first.storageId);
      await one.close();
    }
    expect(readdirSync(first.layout.staging).concat(readdirSync(first.layout.trash))).toEqual([]);
  });

  it('makes extensions/ again where only that was removed, and says so where all of it is gone', async () => {
    const root = join(await temporaryDirectory('removed'), 'ThingworxStorage');
    const storage = await NodeStorage.open({ ...options, storage: root });
    rmSync(storage.extensionsPath, { recursive: true });
    expect((await storage.inspect()).extensions.size).toBe(0);
    expect(readdirSync(storage.extensionsPath)).toEqual([]);
    renameSync(root, `${root}-away`);
    await expect(storage.inspect()).rejects.toMatchObject({ code: 'storage-unusable' });
    mkdirSync(root);
    await expect(storage.inspect(), 'an empty mount point').rejects.toMatchObject({ code: 'storage-unusable' });
    expect(readdirSync(root)).toEqual([]);
    rmSync(root, { recursive: true });
    renameSync(`${root}-away`, root);
    await storage.close();
  });

  it('is refused to another node while it is open, with both named and what to do', async () => {
    const storage = await temporaryDirectory('open');
    const first = await NodeStorage.open({ ...options, storage });
    const other = NodeStorage.open({ ...options, storage, node: 'node-2' });
    await expect(other).rejects.toMatchObject({
      code: 'storage-foreign-node',
      message: expect.stringMatching(/node-1.*node-2/),
      remedy: expect.stringContaining(`remove ${first.layout.cluster}`),
    });
    await first.close();
  });

  it('is taken over by another node, under a new id, where it was never used', async () => {
    const storage = await temporaryDirectory('open');
    const first = await NodeStorage.open({ ...options, storage });
    await first.close();
    mkdirSync(join(storage, '.muster', 'staging', 'dead'));
    const second = await NodeStorage.open({ ...options, storage, node: 'node-2' });
    expect([second.takenOverFrom, (await second.cluster()).node]).toEqual(['node-1', 'node-2']);
    expect(second.storageId).not.toBe(first.storageId);
    await second.close();
    const again = await NodeStorage.open({ ...options, storage, node: 'node-2' });
    expect([again.takenOverFrom, again.storageId]).toEqual([undefined, second.storageId]);
    await again.close();
  });

  it.each([
    ['something stands in it', (root: string) => mkdirSync(join(root, 'extensions', 'Mine'))],
    ['something was deployed', (root: string) => writeFileSync(join(root, '.muster', 'deployed', 'Mine'), '{}')],
    [
      'a revision was applied',
      (root: string) => {
        const file = join(root, '.muster', 'cluster.json');
        const record = JSON.parse(readFileSync(file, 'utf8')) as object;
        const applied = { catalogId: 'any', revision: 1, chain: 'a'.repeat(64) };
        writeFileSync(file, JSON.stringify({ ...record, applied }));
      },
    ],
  ])('is not taken over by another node where %s', async (_, use) => {
    const storage = await temporaryDirectory('open');
    await (await NodeStorage.open({ ...options, storage })).close();
    use(storage);
    const other = NodeStorage.open({ ...options, storage, node: 'node-2' });
    await expect(other).rejects.toMatchObject({ code: 'storage-foreign-node' });
    await (await NodeStorage.open({ ...options, storage })).close();
  });

  it('is refused to a second agent, with the first named, until that one is gone', async () => {
    const storage = await temporaryDirectory('open');
    const first = await NodeStorage.open({ ...options, storage, service: 'sync-agent' });
    await first.acquireAgentLock();
    const second = await NodeStorage.open({ ...options, storage });
    await expect(second.acquireAgentLock()).rejects.toMatchObject({
      code: 'agent-running',
      message: expect.stringContaining(`sync-agent of node node-1 (pid ${process.pid}`),
    });
    await first.close();
    await second.acquireAgentLock();
    await second.close();
  });

  it.each([
    ['relative/path', 'node-1', 'storage-unusable'],
    [undefined, 'node/1', 'name-invalid'],
  ])('is refused for %s as %s', async (storage, node, code) => {
    const opened = NodeStorage.open({ ...options, node, storage: storage ?? (await temporaryDirectory('open')) });
    await expect(opened).rejects.toMatchObject({ code });
  });

  it('is refused with a corrupt record, and on Windows', async () => {
    const storage = await temporaryDirectory('open');
    mkdirSync(join(storage, '.muster'));
    writeFileSync(join(storage, '.muster', 'cluster.json'), '{');
    await expect(NodeStorage.open({ ...options, storage })).rejects.toMatchObject({ code: 'storage-corrupt' });
    expect(() => refusePlatform('win32')).toThrow(expect.objectContaining({ code: 'platform-unsupported' }));
  });

  it('is refused where extensions is another file system, by its name', async ({ skip }) => {
    const storage = await temporaryDirectory('open');
    const extensions = join(storage, 'extensions');
    mkdirSync(extensions);
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', extensions]).status !== 0)
      skip('no tmpfs can be mounted');
    onTestFinished(() => void spawnSync('umount', ['-l', extensions]));
    await expect(NodeStorage.open({ ...options, storage })).rejects.toMatchObject({
      code: 'file-system-unsupported',
      message: expect.stringMatching(/rename between .muster and extensions .*tmpfs \(extensions\)/),
    });
  });

  it('removes what the dead left in staging and trash, and nothing of the living', async () => {
    const storage = await temporaryDirectory('open');
    const living = await NodeStorage.open({ ...options, storage });
    const { path } = await living.staging.create();
    for (const area of ['staging', 'trash'])
      mkdirSync(join(storage, '.muster', area, 'dead', 'deep'), { recursive: true });
    mkdirSync(join(storage, 'extensions', '.muster-check-dead', 'x'), { recursive: true });
    const second = await NodeStorage.open({ ...options, storage });
    expect(existsSync(path)).toBe(true);
    expect(readdirSync(second.layout.staging).sort()).toEqual([living.instance, second.instance].sort());
    expect(readdirSync(second.layout.trash).sort()).toEqual([living.instance, second.instance].sort());
    expect(readdirSync(second.extensionsPath)).toEqual([]);
    expect(await second.clean()).toEqual([]);
    await living.close();
    await second.close();
  });
});

describe('a fork', () => {
  it('is another catalog, or a chain that this one lacks; accepting it ends it', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    expect(await trial.storage.findFork(new MemoryCatalog('any'))).toBeUndefined();
    trial.catalog.commit({ bring: [{ name: 'A' }] });
    await trial.apply();
    trial.catalog.commit({ bring: [{ name: 'B' }] });
    await trial.apply();
    expect(await trial.storage.findFork(trial.catalog, { thorough: true })).toBeUndefined();
    expect(await trial.storage.findFork(new MemoryCatalog('other'))).toMatchObject({
      detail: expect.stringContaining('other'),
    });
    const restored = new MemoryCatalog();
    expect(await trial.storage.findFork(restored)).toMatchObject({
      detail: expect.stringContaining('ends at revision 0'),
    });
    restored.commit({ bring: [{ name: 'A' }] });
    expect(await trial.storage.findFork(restored)).toMatchObject({ known: { revision: 2 } });
    restored.commit({ bring: [{ name: 'X' }] });
    expect(await trial.storage.findFork(restored)).toMatchObject({ detail: expect.stringContaining('has the chain') });
    await trial.storage.lock.withLock('accepts', (held) => trial.storage.acceptCatalog(held, restored.ref()));
    expect(await trial.storage.findFork(restored, { thorough: true })).toBeUndefined();
  });

  it('is not seen in an unreadable mark, whose directory is still ours', async () => {
    const trial = await TrialStorage.open(new MemoryCatalog());
    trial.catalog.commit({ bring: [{ name: 'A' }, { name: 'B' }] });
    await trial.apply();
    for (const name of ['A', 'B']) writeFileSync(trial.storage.layout.mark(name), '{"half');
    trial.catalog.commit({ remove: ['B'] });
    expect(await trial.storage.findFork(trial.catalog, { thorough: true })).toBeUndefined();
    const result = await trial.apply();
    expect(result.applied.map(({ name, kind }) => [name, kind])).toEqual([
      ['A', 'redeploy'],
      ['B', 'remove'],
    ]);
    expect(await trial.differences()).toEqual([]);
  });
});
