import { fstatSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory, waitFor } from '@muster/testing';
import { Child } from '../spec/child.js';
import { StorageLock } from './storage-lock.js';

const scale = Number(process.env['MUSTER_TEST_SCALE'] ?? '1');

async function lockFile(): Promise<string> {
  return join(await temporaryDirectory('lock'), 'lock');
}

function open(file: string, timeoutMs = 5_000): StorageLock {
  return new StorageLock(file, { service: 'spec', node: 'node-1' }, timeoutMs);
}

function descriptorsOf(file: string): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link === file).length;
}

describe('the storage lock', () => {
  it('is granted first in, first out within a process, and one at a time', async () => {
    const lock = open(await lockFile());
    const order: number[] = [];
    let inside = 0;
    const work = (id: number) => async () => {
      inside += 1;
      expect(inside).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(id);
      inside -= 1;
    };
    await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((id) => lock.withLock(`work ${id}`, work(id))));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(lock.holder()).toBeUndefined();
  });

  it('is given back when the work throws, and its handle is then dead', async () => {
    const file = await lockFile();
    const lock = open(file);
    let leaked: { assertHeld(): void } | undefined;
    await expect(
      lock.withLock('fails', async (held) => {
        leaked = held;
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(() => leaked?.assertHeld()).toThrow(expect.objectContaining({ code: 'lock-lost' }));
    expect(await lock.withLock('goes on', () => Promise.resolve(1))).toBe(1);
    expect(descriptorsOf(file)).toBe(0);
  });

  it('says for whom it waited, gives a late grant back at once and keeps one descriptor until then', async () => {
    const file = await lockFile();
    const child = Child.start('lock-child.mjs', [file, 'import-service']);
    await child.says('held');
    const lock = open(file, 60);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await expect(lock.withLock('syncs', () => Promise.resolve())).rejects.toMatchObject({
        code: 'lock-timeout',
        message: expect.stringMatching(
          new RegExp(`import-service of node node-1 \\(pid ${child.pid}, revision 7: holds it`),
        ),
      });
    }
    expect(descriptorsOf(file)).toBe(1);
    // The pool's four threads are free but one: reading a file still works.
    expect((await readFile(file, 'utf8')).length).toBeGreaterThan(0);
    child.tell('release');
    await waitFor(() => descriptorsOf(file) === 0, { what: 'the late grant to be closed' });
    expect(lock.holder()).toBeUndefined();
    expect(await open(file).withLock('next', () => Promise.resolve('had'))).toBe('had');
  });

  it('passes to the next when its holder is killed, and stays while it is merely stopped', async () => {
    const file = await lockFile();
    const child = Child.start('lock-child.mjs', [file, 'import-service']);
    await child.says('held');
    child.signal('SIGSTOP');
    const lock = open(file, 300);
    await expect(lock.withLock('syncs', () => Promise.resolve())).rejects.toMatchObject({ code: 'lock-timeout' });
    expect(lock.holder()).toMatchObject({ service: 'import-service', pid: child.pid, revision: 7 });
    const waiting = lock.withLock('syncs', () => Promise.resolve('had'), { timeoutMs: 10_000 });
    child.signal('SIGKILL');
    expect(await waiting).toBe('had');
  });

  it('is not had on a file that was removed meanwhile', async () => {
    const file = await lockFile();
    const child = Child.start('lock-child.mjs', [file, 'import-service']);
    await child.says('held');
    const lock = open(file);
    const waiting = lock.withLock('waits', (held) => Promise.resolve(fstatSync(held.fd).ino));
    await waitFor(() => descriptorsOf(file) === 1, { what: 'the wait to begin' });
    rmSync(file);
    child.tell('release');
    expect(await waiting).toBe(statSync(file).ino);
  });

  it('never has two writers, though processes fight, are stopped and are killed', async () => {
    const file = await lockFile();
    const journal = `${file}.journal`;
    writeFileSync(journal, '');
    const rounds = String(60 * scale);
    const children = ['one', 'two', 'three'].map((name) =>
      Child.start('lock-child.mjs', [file, name, rounds, journal]),
    );
    const [first, second, third] = children as [Child, Child, Child];
    const written = () => readFileSync(journal, 'utf8').split('\n').length - 1;
    await waitFor(() => written() > 15, { what: 'the fight to begin' });
    first.signal('SIGSTOP');
    first.signal('SIGCONT');
    second.signal('SIGSTOP');
    const before = written();
    await waitFor(() => written() >= before, { what: 'the others' });
    second.signal('SIGCONT');
    await Promise.all([first.ended, second.ended, third.ended]);
    const lines = readFileSync(journal, 'utf8').trim().split('\n');
    expect(lines).not.toContain('TWO WRITERS');
    expect(lines.length).toBe(3 * Number(rounds));
  });
});
