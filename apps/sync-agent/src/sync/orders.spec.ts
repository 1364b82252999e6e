import { describe, expect, test } from 'vitest';
import type { NodeOrder, OrderKind } from '@muster/catalog';
import { acceptsCatalog, hasOrders, readOrders } from './orders.js';

const order = (kind: OrderKind, detail: NodeOrder['detail'] = {}): NodeOrder => ({
  id: `${kind} ${JSON.stringify(detail)}`,
  node: 'node-1',
  kind,
  detail,
  actor: 'test',
  createdAt: '2026-11-23T00:00:00Z',
});

const range = { extensions: ['A', 'B'], redeploy: true };

describe('orders of one look', () => {
  test('name what they are about, or mean everything', () => {
    const orders = readOrders({
      orders: [order('retry', { extensions: ['A', 7] }), order('resync'), order('accept-catalog')],
    });
    expect(orders.plain).toMatchObject([
      { kind: 'retry', names: new Set(['A']) },
      { kind: 'resync', names: 'all' },
      { kind: 'accept-catalog', names: 'all' },
    ]);
    expect(acceptsCatalog(orders)).toBe(true);
    expect(hasOrders(orders)).toBe(true);
  });

  test('of a range are told apart', () => {
    const { plain, previews, replays } = readOrders({ orders: [order('replay', range), order('preview', range)] });
    expect(plain).toEqual([]);
    expect([previews, replays]).toMatchObject([[{ detail: range }], [{ names: new Set(['A', 'B']) }]]);
  });

  test('that are not understood stay open', () => {
    const unknown = [order('replay', { from: 7 }), order('preview'), order('dance' as OrderKind)];
    expect(hasOrders(readOrders({ orders: unknown }))).toBe(false);
  });

  test('that change something wait while the node is paused, and those that ask are answered', () => {
    const paused = { since: '2026-11-23T00:00:00Z', actor: 'ann', reason: 'new disks' };
    const kinds = ['retry', 'verify', 'resync', 'accept-catalog'] as const;
    const orders = [...kinds.map((kind) => order(kind)), order('preview', range), order('replay', range)];
    expect(readOrders({ orders, paused })).toMatchObject({
      plain: [{ kind: 'verify' }],
      previews: [{ detail: range }],
      replays: [],
    });
  });
});
