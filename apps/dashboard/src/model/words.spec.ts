import { describe, expect, it } from 'vitest';
import { makeBoard, makeExtensions, makeNode } from '../spec/make-board.js';
import { SCENARIOS } from '../spec/scenarios.js';
import { age, bytes, duration } from './format.js';
import { headlineOf } from './headline.js';
import { changesText } from './passage.js';
import { commandFor } from './remedies.js';
import { UploadRate } from './upload-rate.js';

describe('the changes of a revision', () => {
  const change = (action: 'install' | 'upgrade' | 'remove', extension: string) => ({
    action,
    extension,
    version: '1.1',
    ...(action === 'upgrade' && { previousVersion: '1.0' }),
    sha256: '0'.repeat(64),
    sizeBytes: 1,
  });

  it.each([
    [[], 'no change'],
    [[change('upgrade', 'A')], 'upgrade A 1.0 → 1.1'],
    [[change('install', 'A'), change('install', 'B')], 'install A and 1 more'],
    [[change('install', 'A'), change('upgrade', 'B'), change('remove', 'C')], 'A and 2 more'],
  ])('are named in one line (%#)', (changes, text) => {
    expect(changesText(changes)).toBe(text);
  });
});

describe('format', () => {
  it('tells durations with two figures', () => {
    const told = [0, 0.0004, 0.034, 0.9, 9.94, 9.96, 41, 89, 91, 5_000, 7_200, 200_000].map(duration);
    expect(told).toEqual([
      '0 ms',
      '0 ms',
      '34 ms',
      '0.9 s',
      '9.9 s',
      '10 s',
      '41 s',
      '89 s',
      '2 min',
      '83 min',
      '2 h',
      '2 days',
    ]);
    expect([0.4, 4.9, -2].map(age)).toEqual(['0 s', '4 s', '0 s']);
  });

  it('tells sizes in KB and MB', () => {
    expect([0, 999, 1_000, 96_412, 999_600, 5_000_000_000].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 KB',
      '96 KB',
      '1.0 MB',
      '5.0 GB',
    ]);
  });
});

describe('headline', () => {
  const line = (name: keyof typeof SCENARIOS): string => {
    const { look, parts } = headlineOf(SCENARIOS[name]());
    return [look.word, ...parts].join(' · ');
  };

  it('says in one line what is, where and how much', () => {
    expect(line('converged')).toBe('Converged · revision 128 · 3 nodes');
    expect(line('empty')).toBe('Ready · 3 nodes · nothing imported yet');
    expect(line('no-nodes')).toBe('Nothing here yet · no node has enrolled · nothing imported yet');
    expect(line('offline')).toBe('Not converged · 1 of 3 nodes absent · node-3 is offline');
    expect(line('parked')).toBe('Not converged · 1 of 3 nodes behind · node-2 has 1 extension parked');
    expect(line('large')).toBe(
      'Not converged · 30 of 200 nodes behind · node-7 has 1 extension parked · 6 more nodes need a look',
    );
  });

  it('does not count retired nodes among those that converged', () => {
    const board = makeBoard([makeNode('a', 1), makeNode('b', 1, { state: 'retired' })], makeExtensions(1), 1);
    expect(headlineOf(board).parts).toEqual(['revision 1', '1 node']);
  });
});

describe('remedy', () => {
  const cause = { since: new Date().toISOString(), text: '', remedy: '', node: 'node-3' };

  it('has a command for what the page can do, with names that have blanks in quotes', () => {
    expect(commandFor({ ...cause, cause: 'hook-failed', extension: 'ThingWorx Metrices' })).toBe(
      'muster retry node-3 "ThingWorx Metrices"',
    );
    expect(commandFor({ ...cause, cause: 'paused' })).toBe('muster resume node-3');
    expect(commandFor({ ...cause, cause: 'database-away' })).toBeUndefined();
    expect(commandFor({ ...cause, cause: 'paused', command: 'as the service says' })).toBe('as the service says');
  });
});

describe('UploadRate', () => {
  it('follows the last seconds, not the whole upload', () => {
    const rate = new UploadRate(3_000);
    expect(rate.bytesPerSecond).toBeUndefined();
    for (let second = 0; second <= 10; second += 1) rate.add(second * 1_000, second * 1_000);
    for (let second = 1; second <= 4; second += 1) rate.add(10_000 + second * 50_000, (10 + second) * 1_000);
    expect(rate.bytesPerSecond).toBe(50_000);
  });
});
