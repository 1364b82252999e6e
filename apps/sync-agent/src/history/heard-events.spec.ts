import type { ExtensionChanged } from '@muster/contracts';
import { expect, test } from 'vitest';
import { HeardEvents } from './heard-events.js';

const event = (extension: string, revision: number, more: Partial<ExtensionChanged> = {}) =>
  ({ catalogId: 'ours', extension, revision, action: 'upgrade', ...more }) as ExtensionChanged;

test('an event counts from when it was heard first, and only for its own revision', () => {
  const heard = new HeardEvents();
  heard.hear(event('Foo', 4, { traceparent: 'trace' }), 10);
  heard.hear(event('Foo', 4), 20);
  heard.hear(event('Foo', 3), 30);
  expect(heard.find('Foo', 4)).toEqual({ revision: 4, action: 'upgrade', traceparent: 'trace', atMs: 10 });
  expect(heard.find('Foo', 3)).toBeUndefined();
  expect(heard.removal('Foo', 9)).toBeUndefined();
});

test('a removal is known until the extension comes back, and up to the head that was read', () => {
  const heard = new HeardEvents();
  heard.hear(event('Foo', 4, { action: 'remove' }));
  expect(heard.removal('Foo', 3)).toBeUndefined();
  expect(heard.removal('Foo', 4)).toMatchObject({ revision: 4 });
  expect([heard.removedBetween(3, 4), heard.removedBetween(4, 9)]).toEqual([['Foo'], []]);
  heard.hear(event('Foo', 5, { action: 'install' }));
  expect(heard.removal('Foo', 9)).toBeUndefined();
});

test('the numbers of another catalog begin anew', () => {
  const heard = new HeardEvents();
  heard.hear(event('Foo', 40));
  heard.hear(event('Foo', 2, { catalogId: 'restored' }));
  expect(heard.find('Foo', 2)).toBeDefined();
  expect(heard.find('Foo', 40)).toBeUndefined();
});
