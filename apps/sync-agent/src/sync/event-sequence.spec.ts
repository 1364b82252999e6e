import { array, assert, constantFrom, integer, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256Hex } from '@muster/contracts';
import type { ExtensionChanged } from '@muster/contracts';
import { EventSequence } from './event-sequence.js';

function event(revision: number, over: Partial<ExtensionChanged> = {}): ExtensionChanged {
  return {
    type: 'ExtensionChanged',
    schemaVersion: 1,
    catalogId: 'catalog-a',
    revision,
    chain: sha256Hex(`a${revision}`),
    position: 0,
    count: 1,
    action: 'install',
    extension: 'Any',
    version: '1.0.0',
    sha256: sha256Hex('zip'),
    sizeBytes: 1,
    committedAt: '2026-11-23T00:00:00Z',
    actor: 'test',
    ...over,
  };
}

function lookedAt(revision: number): EventSequence {
  const sequence = new EventSequence();
  sequence.looked('catalog-a', revision, sha256Hex(`a${revision}`));
  return sequence;
}

describe('what an event means', () => {
  test('the next revision, a gap, and a repeat', () => {
    const sequence = lookedAt(3);
    expect(sequence.take(event(4))).toBe('next');
    expect(sequence.take(event(4))).toBe('repeat');
    expect(sequence.take(event(7))).toBe('gap');
    expect(sequence.take(event(3))).toBe('repeat');
  });

  test('a revision that a look has taken in already is a repeat', () => {
    const sequence = lookedAt(3);
    sequence.looked('catalog-a', 5, sha256Hex('a5'));
    expect(sequence.take(event(5))).toBe('repeat');
    expect(sequence.take(event(6))).toBe('next');
  });

  test('an old number with another chain is a reset, and what follows it is next', () => {
    const sequence = lookedAt(3);
    sequence.take(event(4));
    const chain = sha256Hex('b3');
    expect(sequence.take(event(3, { chain }))).toBe('reset');
    expect(sequence.take(event(3, { chain }))).toBe('repeat');
    expect(sequence.take(event(4, { chain: sha256Hex('b4') }))).toBe('next');
  });

  test('an old number whose chain was never heard of is looked at', () => {
    expect(lookedAt(10).take(event(4))).toBe('reset');
  });

  test('another catalog is a reset', () => {
    expect(lookedAt(3).take(event(1, { catalogId: 'catalog-b' }))).toBe('reset');
  });

  test('a replay is never a repeat', () => {
    const sequence = lookedAt(3);
    expect(sequence.take(event(3, { replayId: 'again' }))).toBe('replay');
  });

  test('the other changes of one revision are repeats: one look takes them all', () => {
    const sequence = lookedAt(3);
    expect(sequence.take(event(4, { position: 0, count: 2 }))).toBe('next');
    expect(sequence.take(event(4, { position: 1, count: 2 }))).toBe('repeat');
  });

  test('whatever the log does, the first sight of a revision is never dropped', () => {
    assert(
      property(array(tuple(integer({ min: 1, max: 12 }), constantFrom('a', 'b')), { maxLength: 60 }), (history) => {
        const sequence = lookedAt(1);
        const heard = new Set(['a1']);
        for (const [revision, line] of history) {
          const meaning = sequence.take(event(revision, { chain: sha256Hex(`${line}${revision}`) }));
          if (!heard.has(`${line}${revision}`)) expect(meaning).not.toBe('repeat');
          heard.add(`${line}${revision}`);
        }
        expect(sequence.take(event(99, { chain: sha256Hex('new') }))).not.toBe('repeat');
      }),
    );
  });
});
