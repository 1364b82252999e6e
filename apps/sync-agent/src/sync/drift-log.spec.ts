import { describe, expect, test } from 'vitest';
import type { DeployedMark, LocalExtension, WantedExtension } from '@muster/node-storage';
import { DriftLog, driftOf, findDrift } from './drift-log.js';

const wanted = { name: 'A', version: '1.0.0', sha256: 'zip', treeDigest: 'a'.repeat(64) } as WantedExtension;
const mark = { name: 'A', sha256: 'zip', state: 'installed' } as DeployedMark;
const found = (over: Partial<LocalExtension>): LocalExtension => ({ name: 'A', mark, ...over });

describe('drift', () => {
  test('is a tree that is not what was put there, gone, or unreadable', () => {
    expect(driftOf(wanted, found({ tree: { digest: 'b'.repeat(64) } }))).toContain('something else than version 1.0.0');
    expect(driftOf(wanted, found({}))).toContain('gone');
    expect(driftOf(wanted, found({ tree: { fault: 'lib/A.jar is a symbolic link' } }))).toContain('symbolic link');
  });

  test('is neither a right tree, nor a change under way, nor a stranger', () => {
    const none: (LocalExtension | undefined)[] = [
      undefined,
      found({ tree: { digest: wanted.treeDigest } }),
      found({ mark: { ...mark, sha256: 'older' }, tree: { digest: 'b'.repeat(64) } }),
      found({ mark: { ...mark, state: 'installing' } }),
      found({ mark: { ...mark, state: 'removing' } }),
      { name: 'A', tree: { digest: 'b'.repeat(64) } },
    ];
    for (const local of none) expect(driftOf(wanted, local)).toBeUndefined();
    expect(findDrift([wanted], { lookedAtMs: 0, extensions: new Map() }).size).toBe(0);
  });

  test('keeps the latest twenty corrections, newest first', () => {
    const log = new DriftLog();
    for (let index = 0; index < 25; index += 1) log.tell(new Map([[`E${index}`, 'gone']]), new Date(index));
    expect(log.latest).toHaveLength(20);
    expect(log.latest[0]!.extension).toBe('E24');
    expect(log.latest.at(-1)!.extension).toBe('E5');
  });

  test('is told once while it stays, and again when it was put right in between', () => {
    const log = new DriftLog();
    const gone = new Map([['A', 'gone']]);
    const tell = (): string[] => [...log.tell(gone, new Date()).keys()];
    expect(tell()).toEqual(['A']);
    expect(tell()).toEqual([]);
    log.putRight(['A']);
    expect(tell()).toEqual(['A']);
    log.forget();
    expect(tell()).toEqual(['A']);
    log.tell(new Map(), new Date());
    expect(tell()).toEqual(['A']);
    expect(log.latest).toHaveLength(4);
  });
});
