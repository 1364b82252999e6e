import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { MusterError } from '@muster/contracts';
import { beginLeakCheck, buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPackageReader } from './create-package-reader.js';
import { PackageRefused, REFUSAL_CODES } from './package-refused.js';
import { treeOf } from './spec/trial-ground.js';

const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`ui/W/${index}.js`, `script ${index}`]));

describe('the reader and its worker', () => {
  let root: string;
  let good: string;
  let slow: string;
  beforeAll(async () => {
    root = await temporaryDirectory('reader');
    good = path.join(root, 'good.zip');
    slow = path.join(root, 'slow.zip');
    writeFileSync(good, buildPackage({ name: 'Good' }));
    writeFileSync(slow, buildPackage({ name: 'Slow', files: { ...many, 'big.bin': Buffer.alloc(200 * 1024 * 1024) } }));
  });

  it('refuses a package that takes too long, and reads the next', async () => {
    const reader = createPackageReader({ limits: { timeoutMs: 30, ratioFloorBytes: 1024 ** 3 }, maxThreads: 1 });
    await expect(reader.check(slow)).rejects.toMatchObject({ code: 'archive-timeout', limit: 30 });
    await waitFor(async () => (await reader.check(good)).metadata.name === 'Good', { what: 'the next package' });
    await reader.close();
  });

  it('refuses a package that fills the heap of its worker, and reads the next', async () => {
    // 50,000 entities with long names do not fit into the smallest heap.
    const names = Array.from({ length: 49_000 }, (_, index) => ({
      type: 'Thing',
      name: `${index}${'\u0436'.repeat(200)}`,
    }));
    const entities = (part: number): string =>
      `<Entities><Things>${names.map(({ name }) => `<Thing name="${name}${part}"/>`).join('')}</Things></Entities>`;
    const files = { 'Entities/a.xml': entities(1), 'Entities/b.xml': entities(2) };
    const file = path.join(root, 'heap.zip');
    writeFileSync(file, buildPackage({ name: 'Heap', files }));
    const limits = { workerHeapMb: 16, maxEntityFileBytes: 64 * 1024 * 1024, ratioFloorBytes: 1024 ** 3 };
    const reader = createPackageReader({ limits, maxThreads: 1 });
    await expect(reader.check(file)).rejects.toMatchObject({
      code: 'archive-unreadable',
      remedy: expect.stringContaining('HEAP'),
    });
    expect((await reader.check(good)).metadata.name).toBe('Good');
    await reader.close();
  });

  it('stops an extract that is aborted, and has no writer left when it says so', async () => {
    const reader = createPackageReader({ limits: { ratioFloorBytes: 1024 ** 3 } });
    const directory = path.join(root, 'aborted');
    const abort = new AbortController();
    const extract = reader.extract(slow, directory, abort.signal);
    const settled = expect(extract).rejects.toThrow('enough');
    await waitFor(() => existsSync(path.join(directory, 'ui')), { what: 'the first directory', everyMs: 1 });
    abort.abort(new Error('enough'));
    await settled;
    const before = readdirSync(directory, { recursive: true }).length;
    await reader.check(good);
    expect(readdirSync(directory, { recursive: true })).toHaveLength(before);
    rmSync(directory, { recursive: true });
    await reader.close();
  });

  it('takes an aborted call out of the queue, and refuses one that comes aborted', async () => {
    const reader = createPackageReader({ maxThreads: 1 });
    const first = reader.check(good);
    const abort = new AbortController();
    const queued = reader.extract(good, path.join(root, 'queued'), abort.signal);
    abort.abort(new Error('changed my mind'));
    await expect(queued).rejects.toThrow('changed my mind');
    await expect(reader.extract(good, path.join(root, 'queued'), AbortSignal.abort(new Error('late')))).rejects.toThrow(
      'late',
    );
    await first;
    expect(existsSync(path.join(root, 'queued'))).toBe(false);
    await reader.close();
  });

  it('serves overlapping calls, more than it has threads', async () => {
    const reader = createPackageReader({ maxThreads: 2 });
    const calls = Array.from({ length: 12 }, (_, index) => reader.extract(good, path.join(root, `overlap-${index}`)));
    const contents = await Promise.all(calls);
    contents.forEach(({ manifest }, index) => expect(treeOf(path.join(root, `overlap-${index}`))).toEqual(manifest));
    await reader.close();
  });

  it('unpacks only into what is new or empty', async () => {
    const reader = createPackageReader();
    const taken = path.join(root, 'taken');
    const empty = path.join(root, 'empty');
    const link = path.join(root, 'link');
    mkdirSync(taken);
    writeFileSync(path.join(taken, 'x'), '');
    mkdirSync(empty);
    symlinkSync(empty, link);
    await expect(reader.extract(good, taken)).rejects.toMatchObject({ code: 'directory-not-empty' });
    await expect(reader.extract(good, link)).rejects.toMatchObject({ code: 'directory-not-empty' });
    expect(treeOf(taken).files.map(({ path: name }) => name)).toEqual(['x']);
    expect(readdirSync(empty)).toEqual([]);
    await reader.extract(good, empty);
    await reader.close();
  });

  it('does not blame the package for what is wrong with the storage', async () => {
    const reader = createPackageReader();
    const missing = reader.check(path.join(root, 'missing.zip'));
    await expect(missing).rejects.toMatchObject({ code: 'storage-failed', cause: { code: 'ENOENT' } });
    await expect(missing).rejects.not.toBeInstanceOf(PackageRefused);
    await expect(reader.extract(good, path.join(good, 'below-a-file'))).rejects.toMatchObject({
      code: 'storage-failed',
    });
    await reader.close();
  });

  it('ends waiting calls when it is closed, leaves nothing open, and takes no more', async () => {
    const leaks = beginLeakCheck();
    const reader = createPackageReader({ maxThreads: 1, limits: { ratioFloorBytes: 1024 ** 3 } });
    const calls = [reader.check(slow), reader.check(good)].map((call) =>
      expect(call).rejects.toMatchObject({ code: 'reader-closed' }),
    );
    await reader.close();
    await Promise.all(calls);
    await expect(reader.check(good)).rejects.toBeInstanceOf(MusterError);
    await reader.close();
    await leaks.assertNone();
  });

  it('ends a thread that has rested', async () => {
    const leaks = beginLeakCheck();
    const reader = createPackageReader({ idleMs: 50 });
    await reader.check(good);
    await leaks.assertNone();
    expect((await reader.check(good)).metadata.name).toBe('Good');
    await reader.close();
  });

  it('keeps the thread that stands ready, and no other', async () => {
    const threads = (): number => readdirSync('/proc/self/task').length;
    const before = threads();
    const reader = createPackageReader({ readyThreads: 1, maxThreads: 2, idleMs: 10 });
    await waitFor(() => threads() === before + 1, { what: 'the ready thread' });
    await Promise.all([reader.check(good), reader.check(good)]);
    await waitFor(() => threads() === before + 1, { what: 'the end of the other thread' });
    await reader.check(good);
    expect(threads()).toBe(before + 1);
    await reader.close();
    await waitFor(() => threads() === before, { what: 'the end of all threads' });
  });

  it('lets a process end that forgot to close it', async () => {
    const library = new URL('../dist/index.js', import.meta.url).href;
    const script = `import { createPackageReader } from ${JSON.stringify(library)};
      const reader = createPackageReader({ idleMs: 600000, readyThreads: 1 });
      console.log((await reader.check(${JSON.stringify(good)})).metadata.name);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 20_000,
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = await once(child, 'close');
    expect({ code, output }).toEqual({ code: 0, output: 'Good\n' });
  });

  it('tells the free space that will be needed before anything is unpacked', async () => {
    const reader = createPackageReader();
    const outline = await reader.outline(good);
    const contents = await reader.check(good);
    await reader.close();
    const { metadata, unpackedBytes, manifest } = contents;
    expect(outline).toEqual({
      entries: 2,
      unpackedBytes,
      metadata,
      files: ['metadata.xml', 'lib/common/Good.jar'],
    });
    expect(manifest.files.map(({ path: name }) => name)).toEqual(expect.arrayContaining([...outline.files]));
  });
});

describe('the codes', () => {
  it('are kebab-case, each once', () => {
    expect(new Set(REFUSAL_CODES).size).toBe(REFUSAL_CODES.length);
    for (const code of REFUSAL_CODES) expect(code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });
});
