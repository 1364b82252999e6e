import {
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildPackage, temporaryDirectory, waitFor } from '@muster/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createPackageReader } from '../create-package-reader.js';
import { withLimits } from '../package-limits.js';
import { KeptArchive } from './kept-archive.js';

const limits = withLimits();

describe('the archive that a thread keeps', () => {
  let root: string;
  let zip: string;
  const open = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
      } catch {
        return false;
      }
    }).length;
  const roots: string[] = [];
  beforeEach(async () => {
    root = await temporaryDirectory('kept');
    roots.push(root);
    zip = path.join(root, 'package.zip');
    writeFileSync(zip, buildPackage({ name: 'One', zip: { comment: Buffer.alloc(20) } }));
  });
  afterAll(() => roots.forEach((one) => rmSync(one, { recursive: true, force: true })));

  it('is used again for the same file under the same limits only', async () => {
    const kept = new KeptArchive();
    const first = await kept.open(zip, limits);
    kept.keep(first);
    const second = await kept.open(zip, { ...limits });
    expect(second).toBe(first);
    kept.keep(second);
    const third = await kept.open(zip, { ...limits, maxDepth: 3 });
    expect(third).not.toBe(first);
    expect(open()).toBe(1);
    kept.keep(third);
    kept.close();
    expect(open()).toBe(0);
  });

  it('is closed when another is opened, which may not be one', async () => {
    const kept = new KeptArchive();
    kept.keep(await kept.open(zip, limits));
    const other = path.join(root, 'other.zip');
    writeFileSync(other, 'no zip');
    await expect(kept.open(other, limits)).rejects.toMatchObject({ code: 'not-a-zip' });
    expect(open()).toBe(0);
  });

  it('is closed after its time', async () => {
    const kept = new KeptArchive(20);
    kept.keep(await kept.open(zip, limits));
    expect(open()).toBe(1);
    await waitFor(() => open() === 0, { what: 'the end of its time' });
    expect((await kept.open(zip, limits)).readMetadata().name).toBe('One');
    kept.close();
  });

  it.each(['replaced', 'written over', 'removed'])('is not used after the file was %s', async (how) => {
    const { size, atime, mtime } = statSync(zip);
    const reader = createPackageReader({ maxThreads: 1 });
    expect((await reader.outline(zip)).metadata.name).toBe('One');
    const bare = buildPackage({ name: 'Two' }).length;
    const bytes = buildPackage({ name: 'Two', zip: { comment: Buffer.alloc(size - bare) } });
    expect(bytes).toHaveLength(size);
    // The file system's clock ticks every few ms; within one tick a write in place cannot be seen.
    await delay(20);
    if (how === 'written over') writeFileSync(zip, bytes);
    else {
      writeFileSync(`${zip}.new`, bytes);
      if (how === 'replaced') renameSync(`${zip}.new`, zip);
      else rmSync(zip);
    }
    if (how === 'removed') {
      await expect(reader.check(zip)).rejects.toMatchObject({ code: 'storage-failed', cause: { code: 'ENOENT' } });
    } else {
      utimesSync(zip, atime, mtime);
      expect((await reader.extract(zip, path.join(root, 'out'))).metadata.name).toBe('Two');
      expect(readFileSync(path.join(root, 'out/lib/common/Two.jar'), 'utf8')).toContain('Two');
    }
    await reader.close();
  });

  it('is not used after a link to it leads elsewhere', async () => {
    const link = path.join(root, 'link.zip');
    const other = path.join(root, 'other.zip');
    writeFileSync(other, buildPackage({ name: 'Two' }));
    symlinkSync(zip, link);
    const kept = new KeptArchive();
    kept.keep(await kept.open(link, limits));
    rmSync(link);
    symlinkSync(other, link);
    const opened = await kept.open(link, limits);
    expect(opened.readMetadata().name).toBe('Two');
    opened.archive.close();
    expect(open()).toBe(0);
  });

  it('is the only descriptor that 200 calls leave, and goes with its thread', async () => {
    const large = path.join(root, 'large.zip');
    const files = { 'a.bin': Buffer.alloc(300_000, 1), 'bad.bin': 'x' };
    writeFileSync(
      large,
      buildPackage({ name: 'Large', files, entries: [{ name: 'b', data: files['a.bin'], method: 0 }] }),
    );
    const bad = path.join(root, 'bad.zip');
    const lie = { crc: 1 };
    writeFileSync(bad, buildPackage({ name: 'Bad', entries: [{ name: 'x', data: 'x', local: lie, central: lie }] }));
    const reader = createPackageReader({ maxThreads: 2, readyThreads: 2 });
    await waitFor(async () => (await reader.check(large)) !== undefined, { what: 'the threads' });
    for (let round = 0; round < 50; round += 1) {
      await reader.outline(large);
      await reader.extract(large, path.join(root, `out-${round}`));
      await expect(reader.check(bad)).rejects.toMatchObject({ code: 'crc-mismatch' });
      await Promise.all([reader.outline(zip), reader.outline(large)]);
      expect(open()).toBeLessThanOrEqual(2);
    }
    expect(open()).toBeGreaterThan(0);
    await waitFor(() => open() === 0, { what: 'the end of their time' });
    await reader.outline(large);
    expect(open()).toBeGreaterThan(0);
    await reader.close();
    expect(open()).toBe(0);
  });
});
