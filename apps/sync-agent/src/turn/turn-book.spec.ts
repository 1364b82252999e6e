import { expect, test } from 'vitest';
import { sha256Hex } from '@muster/contracts';
import type { Step, WaitingStep } from '@muster/node-storage';
import { TurnBook } from './turn-book.js';

const zip = (name: string): string => sha256Hex(`zip of ${name}`);

function waiting(name: string, failed: boolean, detail = 'node-2 has the turn'): WaitingStep {
  const step = { kind: 'install', name, why: '', after: [], wanted: { name, sha256: zip(name) } } as unknown as Step;
  return { step, wait: { detail, node: 'node-2', failed } };
}

test('what waits for its turn is taken up by the next look; what is barred stands aside until it is not', () => {
  const book = new TurnBook();
  expect(book.isEmpty).toBe(true);
  book.took([waiting('Queued', false), waiting('Barred', true)]);
  expect([book.isEmpty, book.isQueued]).toEqual([false, true]);
  expect([...book.waits().keys()].toSorted()).toEqual(['Barred', 'Queued']);
  expect(book.aside()).toEqual([{ name: 'Barred', sha256: zip('Barred') }]);
  expect(book.queuedChanges()).toEqual([{ extension: 'Queued', sha256: zip('Queued'), again: false }]);
  book.begin();
  expect([book.isEmpty, book.isQueued]).toEqual([false, false]);
  const still = { detail: 'the hook of Barred failed on node-3', node: 'node-3', failed: true };
  expect(book.barredNow(new Map([['Barred', still]]))).toBe(false);
  expect(book.waits().get('Barred')).toEqual(still);
  expect(book.barredNow(new Map())).toBe(true);
  expect(book.isEmpty).toBe(true);
});

test('what is barred is forgotten where nothing of it is left to be done', () => {
  const book = new TurnBook();
  book.took([waiting('Barred', true), waiting('Other', true)]);
  book.retain(new Set(['Other']));
  expect(book.aside().map(({ name }) => name)).toEqual(['Other']);
  book.clear();
  expect(book.isEmpty).toBe(true);
});

test('all of a unit waits for the same', () => {
  const book = new TurnBook();
  book.took([waiting('A', false), waiting('B', false)]);
  const later = { detail: 'node-3 has the turn', node: 'node-3', failed: false };
  book.queuedFor(later);
  expect([...book.waits().values()]).toEqual([later, later]);
});
